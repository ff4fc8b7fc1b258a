function extend(target, source) {
  for (var key in source) {
    if (typeof source[key] === "object") {
      // ruleid: key-copy-without-guard
      extend(target[key], source[key]);
    } else {
      target[key] = source[key];
    }
  }
  return target;
}

function extend(to, from) {
  Object.keys(from).forEach(function (name) {
    // ruleid: key-copy-without-guard
    to[name] = isObject(from[name]) ? extend(to[name], from[name]) : from[name];
  });
  return to;
}

function skipping(target, source) {
  for (var key in source) {
    if (key === "__proto__" || key === "constructor") continue;
    if (typeof source[key] === "object") {
      // ok: key-copy-without-guard
      skipping(target[key], source[key]);
    }
  }
}

function asking(target, source) {
  for (const key in source) {
    if (key !== "__proto__" && isObject(source[key])) {
      // ok: key-copy-without-guard
      asking(target[key], source[key]);
    }
  }
}

function walk(left, right) {
  for (const key in right) {
    // ok: key-copy-without-guard
    compare(left[key], right[key]);
  }
}
