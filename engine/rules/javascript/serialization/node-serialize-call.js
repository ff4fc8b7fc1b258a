const serializer = require("node-serialize");
const php = require("php-serialize");

function restore(cookie) {
  // ruleid: node-serialize-call
  return serializer.unserialize(Buffer.from(cookie, "base64").toString());
}

function upload(file) {
  // ruleid: node-serialize-call
  return serializer.unserialize(file.data.toString("utf8"));
}

function json(cookie) {
  // ok: node-serialize-call
  return JSON.parse(cookie);
}

function write(value) {
  // ok: node-serialize-call
  return serializer.serialize(value);
}

function otherLibrary(text) {
  // ok: node-serialize-call
  return php.unserialize(text);
}
