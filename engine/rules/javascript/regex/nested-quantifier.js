// ruleid: nested-quantifier
const words = /^([a-z]+)+$/;

// ruleid: nested-quantifier
const host = /^(?:\w+[-.]?)*@example$/i;

function isNumber(text) {
  // ruleid: nested-quantifier
  return /^(\d*)*!$/.test(text);
}

// ok: nested-quantifier
const path = /^(\/[a-z]+)+$/;

// ok: nested-quantifier
const plain = /^[a-z]+$/;

// ok: nested-quantifier
const literal = /^(a\+)+$/;
