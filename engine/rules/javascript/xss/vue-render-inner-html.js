import { h } from 'vue';

export default {
  render(createElement) {
    // ruleid: vue-render-inner-html
    const a = createElement('div', { class: 'x', domProps: { innerHTML: this.html } });
    // ruleid: vue-render-inner-html
    const b = h('p', { innerHTML: this.text });
    // ok: vue-render-inner-html
    const c = createElement('div', { domProps: { innerHTML: '<b>static</b>' } });
    // ok: vue-render-inner-html
    const d = h('p', { innerHTML: DOMPurify.sanitize(this.text) });
    // ok: vue-render-inner-html
    const e = h('p', { title: this.text }, this.text);
    return [a, b, c, d, e];
  },
};
