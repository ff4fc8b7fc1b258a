function show(el, name, rows) {
  // ruleid: dom-html-assignment
  el.innerHTML = '<b>' + name + '</b>';
  // ruleid: dom-html-assignment
  document.getElementById('list').innerHTML += `<li>${name}</li>`;
  // ruleid: dom-html-assignment
  this.node.outerHTML = `<p class="${rows.cls}">`;

  // ok: dom-html-assignment
  el.innerHTML = '<b>' + '</b>';
  // ok: dom-html-assignment
  el.innerHTML = '';
  // ok: dom-html-assignment
  el.textContent = '<b>' + name + '</b>';
  // ok: dom-html-assignment
  el.innerHTML = DOMPurify.sanitize('<b>' + name + '</b>');
  // ok: dom-html-assignment
  el.innerHTML = `<b>${escapeHtml(name)}</b>`;
}
