// ruleid: message-listener-without-origin-check
window.addEventListener("message", (event) => {
  document.title = event.data.title;
});

// ruleid: message-listener-without-origin-check
window.onmessage = function (event) {
  run(event.data);
};

// ok: message-listener-without-origin-check
window.addEventListener("message", (event) => {
  if (event.origin !== "https://shop.example") return;
  document.title = event.data.title;
});

// ok: message-listener-without-origin-check
self.addEventListener("message", (event) => {
  self.postMessage(sum(event.data));
});

// ok: message-listener-without-origin-check
worker.addEventListener("message", (event) => {
  show(event.data);
});

// ok: message-listener-without-origin-check
window.addEventListener("message", () => {
  refresh();
});
