function list($box, users, escapeHtml) {
  // ruleid: jquery-html-concat
  $('#users').append('<li>' + users[0].name + '</li>');
  // ruleid: jquery-html-concat
  $box.html("<b>" + users.length + "</b>");
  // ruleid: jquery-html-concat
  $(this).find('ul').prepend(`<li class="new">${users[1].name}</li>`);

  // ok: jquery-html-concat
  $('#users').append('<li>' + escapeHtml(users[0].name) + '</li>');
  // ok: jquery-html-concat
  $('#users').append($('<li>').text(users[0].name));
  // ok: jquery-html-concat
  $('#users').append('<li></li>');
  // ok: jquery-html-concat
  params.append('<key>' + users[0].name, 'x');
  // ok: jquery-html-concat
  form.append('<' + users[0].id + '>');
}
