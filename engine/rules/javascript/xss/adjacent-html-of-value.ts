export function toast(box: HTMLElement, text: string) {
  // ruleid: adjacent-html-of-value
  box.insertAdjacentHTML("beforeend", `<div class="toast">${text}</div>`);
}

export function fragment(range: Range, name: string) {
  // ruleid: adjacent-html-of-value
  return range.createContextualFragment("<i>" + name + "</i>");
}

export function cleaned(box: HTMLElement, html: string) {
  // ok: adjacent-html-of-value
  box.insertAdjacentHTML("beforeend", `<p>${DOMPurify.sanitize(html)}</p>`);
}

export function constant(box: HTMLElement) {
  // ok: adjacent-html-of-value
  box.insertAdjacentHTML("beforeend", "<hr>");
}
