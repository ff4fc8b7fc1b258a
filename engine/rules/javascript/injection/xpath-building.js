const xpath = require("xpath");

function userNode(doc, name) {
  // ruleid: xpath-building
  return xpath.select("//user[@name='" + name + "']", doc);
}

function first(doc, id) {
  // ruleid: xpath-building
  return xpath.select1(`/orders/order[@id="${id}"]/total`, doc);
}

function constant(doc) {
  // ok: xpath-building
  return xpath.select("//user[@role='admin']", doc);
}

function variable(doc, name) {
  // ok: xpath-building
  return xpath.parse("//user[@name=$name]").select({ node: doc, variables: { name: name + "" } });
}

function path(files, name) {
  // ok: xpath-building
  return files.find("/srv/" + name);
}
