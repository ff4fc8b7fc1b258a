import DOMPurify from "dompurify";
import { sanitizeHtml } from "./clean";

export function Comment({ html }: { html: string }) {
  // ruleid: react-inner-html
  return <div className="comment" dangerouslySetInnerHTML={{ __html: html }} />;
}

export function Article(props: { body: string }) {
  // ruleid: react-inner-html
  return <article dangerouslySetInnerHTML={{ __html: marked(props.body) }}></article>;
}

export function Cleaned(props: { body: string }) {
  // ok: react-inner-html
  return <article dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(props.body) }} />;
}

export function Helper(props: { body: string }) {
  // ok: react-inner-html
  return <article dangerouslySetInnerHTML={{ __html: sanitizeHtml(props.body) }} />;
}

export function Constant() {
  // ok: react-inner-html
  return <span dangerouslySetInnerHTML={{ __html: "&nbsp;&middot;&nbsp;" }} />;
}
