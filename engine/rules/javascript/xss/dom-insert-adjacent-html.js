function add(list, name) {
  // ruleid: dom-insert-adjacent-html
  list.insertAdjacentHTML('beforeend', '<li>' + name + '</li>');
  // ruleid: dom-insert-adjacent-html
  list.insertAdjacentHTML('afterbegin', `<li>${name}</li>`);
  // ruleid: dom-insert-adjacent-html
  document.createRange().createContextualFragment(`<b>${name}</b>`);
  // ok: dom-insert-adjacent-html
  list.insertAdjacentHTML('beforeend', '<li></li>');
  // ok: dom-insert-adjacent-html
  list.insertAdjacentText('beforeend', '- ' + name);
  // ok: dom-insert-adjacent-html
  list.insertAdjacentHTML('beforeend', DOMPurify.sanitize('<li>' + name + '</li>'));
}
