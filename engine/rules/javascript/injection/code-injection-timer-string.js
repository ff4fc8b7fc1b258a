function later(id, fn) {
  // ruleid: code-injection-timer-string
  setTimeout('refresh(' + id + ')', 500);
  // ruleid: code-injection-timer-string
  window.setInterval(`poll("${id}")`, 1000);
  // ok: code-injection-timer-string
  setTimeout(() => refresh(id), 500);
  // ok: code-injection-timer-string
  setTimeout(fn, 500 + id);
  // ok: code-injection-timer-string
  setTimeout(function () { log('refresh ' + id); }, 500);
}
