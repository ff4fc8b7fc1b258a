function load(src, popup, title) {
  // ruleid: dom-document-write
  document.write('<script src="' + src + '"></script>');
  // ruleid: dom-document-write
  document.writeln(`<h1>${title}</h1>`);
  // ruleid: dom-document-write
  popup.document.write('<title>' + title + '</title>');
  // ok: dom-document-write
  document.write('<script src="/a.js">' + '</script>');
  // ok: dom-document-write
  document.write('<p>static</p>');
  // ok: dom-document-write
  stream.write('<p>' + title + '</p>');
}
