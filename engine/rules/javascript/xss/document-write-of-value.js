function banner(name) {
  // ruleid: document-write-of-value
  document.write("<h1>Welcome " + name + "</h1>");
}

function tracker() {
  // ruleid: document-write-of-value
  document.writeln(`<img src="/t?u=${location.href}">`);
}

function constant() {
  // ok: document-write-of-value
  document.write("<p>" + "static" + "</p>");
}

function other(stream, name) {
  // ok: document-write-of-value
  stream.write("<h1>" + name);
}
