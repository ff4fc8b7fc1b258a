const marked = require('marked');
const MarkdownIt = require('markdown-it');

// ruleid: markdown-sanitizer-off
marked.setOptions({ gfm: true, sanitize: false });
// ruleid: markdown-sanitizer-off
const md = new MarkdownIt({ html: true, linkify: true });
// ruleid: markdown-sanitizer-off
const md2 = require('markdown-it')({ html: true });
// ok: markdown-sanitizer-off
const md3 = new MarkdownIt({ html: false, linkify: true });
// ok: markdown-sanitizer-off
marked.setOptions({ gfm: true, sanitize: true });
// ok: markdown-sanitizer-off
const page = new Page({ html: true });
