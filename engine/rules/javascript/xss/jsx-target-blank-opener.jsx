export function Links({ url }) {
  // ruleid: jsx-target-blank-opener
  const a = <a href={url} target="_blank">site</a>;
  // ruleid: jsx-target-blank-opener
  const b = <a className="x" target="_blank" href="https://example.com">site</a>;
  // ok: jsx-target-blank-opener
  const c = <a href={url} target="_blank" rel="noopener noreferrer">site</a>;
  // ok: jsx-target-blank-opener
  const d = <a href={url}>site</a>;
  // ok: jsx-target-blank-opener
  const e = <a href="/help" target="_blank">help</a>;
  return [a, b, c, d, e];
}
