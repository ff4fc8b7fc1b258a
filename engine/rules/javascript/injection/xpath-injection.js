const xpath = require('xpath');

function find(doc, id, name) {
  // ruleid: xpath-injection
  const user = xpath.select("//user[@name='" + name + "']", doc);
  // ruleid: xpath-injection
  const one = xpath.select1(`//*[@Id='${id}']`, doc);
  // ruleid: xpath-injection
  document.evaluate('//a[@id="' + id + '"]', document, null, 9, null);
  // ok: xpath-injection
  xpath.select('//user', doc);
  // ok: xpath-injection
  xpath.parse('//user[@name=$name]').select({ node: doc, variables: { name } });
  // ok: xpath-injection
  doc.find("user" + name);
  return user || one;
}
