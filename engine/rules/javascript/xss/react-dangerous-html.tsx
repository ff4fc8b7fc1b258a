import React from 'react';
import DOMPurify from 'dompurify';

export function Post({ post }: { post: { body: string } }) {
  // ruleid: react-dangerous-html
  const a = <div dangerouslySetInnerHTML={{ __html: post.body }} />;
  // ruleid: react-dangerous-html
  const b = <p className="b" dangerouslySetInnerHTML={{ __html: marked(post.body) }}></p>;
  // ruleid: react-dangerous-html
  const c = React.createElement('div', { dangerouslySetInnerHTML: { __html: post.body } });

  // ok: react-dangerous-html
  const d = <div dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(post.body) }} />;
  // ok: react-dangerous-html
  const e = <div dangerouslySetInnerHTML={{ __html: '<b>static</b>' }} />;
  // ok: react-dangerous-html
  const f = <div title={post.body}>{post.body}</div>;
  // ok: react-dangerous-html
  const g = <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: JSON.stringify(post) }} />;
  return [a, b, c, d, e, f, g];
}
