function greet(name) {
  // ruleid: dom-html-from-value
  document.getElementById("hello").innerHTML = "<b>Hello " + name + "</b>";
}

function row(list, item) {
  // ruleid: dom-html-from-value
  list.innerHTML += `<li>${item.title}</li>`;
}

function tab(el) {
  // ruleid: dom-html-from-value
  el.outerHTML = location.hash;
}

function plain(el, name) {
  // ok: dom-html-from-value
  el.textContent = "Hello " + name;
}

function constant(el) {
  // ok: dom-html-from-value
  el.innerHTML = "<b>Saved</b>" + "<br>";
}

function cleaned(el, html) {
  // ok: dom-html-from-value
  el.innerHTML = "<div>" + DOMPurify.sanitize(html) + "</div>";
}
