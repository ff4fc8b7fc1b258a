const libxmljs = require("libxmljs");

function importOrders(file) {
  // ruleid: xml-entities-expanded
  return libxmljs.parseXmlString(file.data.toString("utf8"), { noent: true, noblanks: true });
}

function validate(text) {
  // ruleid: xml-entities-expanded
  return libxmljs.parseXml(text, { dtdload: true });
}

function plain(text) {
  // ok: xml-entities-expanded
  return libxmljs.parseXml(text, { noblanks: true });
}

function off(text) {
  // ok: xml-entities-expanded
  return libxmljs.parseXml(text, { noent: false });
}
