function greet(name) {
  // ruleid: timer-with-text
  setTimeout("show('" + name + "')", 100);
}

function poll(id) {
  // ruleid: timer-with-text
  window.setInterval(`refresh(${id})`, 5000);
}

function fine(name) {
  // ok: timer-with-text
  setTimeout(() => show("hello " + name), 100);
}

function delay(callback, seconds) {
  // ok: timer-with-text
  setTimeout(callback, seconds * 1000 + 5);
}
