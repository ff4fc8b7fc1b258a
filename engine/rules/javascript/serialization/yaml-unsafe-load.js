const yaml = require("js-yaml");
const unsafe = require("js-yaml-js-types");

function configuration(text) {
  // ruleid: yaml-unsafe-load
  return yaml.load(text, { schema: yaml.DEFAULT_FULL_SCHEMA });
}

function upload(text) {
  // ruleid: yaml-unsafe-load
  return yaml.load(text, { schema: yaml.DEFAULT_SCHEMA.extend(unsafe.all) });
}

function plain(text) {
  // ok: yaml-unsafe-load
  return yaml.load(text);
}

function json(text) {
  // ok: yaml-unsafe-load
  return yaml.load(text, { schema: yaml.JSON_SCHEMA });
}
