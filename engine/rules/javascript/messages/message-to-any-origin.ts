export function ready(token: string): void {
  // ruleid: message-to-any-origin
  window.parent.postMessage({ kind: "ready", token }, "*");
}

export function open(popup: Window): void {
  // ruleid: message-to-any-origin
  popup.postMessage("hello", { targetOrigin: "*" });
}

export function named(popup: Window): void {
  // ok: message-to-any-origin
  popup.postMessage("hello", "https://shop.example");
}

export function later(): void {
  // ok: message-to-any-origin
  window.postMessage("tick", "*");
}

export function work(worker: Worker): void {
  // ok: message-to-any-origin
  worker.postMessage({ file: "*" });
}
