function show(el) {
  // ruleid: dom-html-from-location
  el.innerHTML = 'Searched for ' + decodeURIComponent(location.search.slice(3));
  // ruleid: dom-html-from-location
  document.write("<option value='" + document.location.href + "'>here</option>");
  // ruleid: dom-html-from-location
  $('#title').html(window.location.hash.substring(1));
  // ruleid: dom-html-from-location
  el.insertAdjacentHTML('beforeend', `<p>${document.referrer}</p>`);

  // ok: dom-html-from-location
  el.textContent = location.hash;
  // ok: dom-html-from-location
  el.innerHTML = text.replace('x', 'y');
  // ok: dom-html-from-location
  document.write('<p>static</p>');
  // ok: dom-html-from-location
  router.html(file.location.hash2);
}
