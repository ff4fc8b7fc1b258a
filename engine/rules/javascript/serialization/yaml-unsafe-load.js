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

function theme(text) {
  const schema = yaml.DEFAULT_SCHEMA.extend(unsafe.all);
  // ruleid: yaml-unsafe-load
  return yaml.load(text, { schema });
}

function release3(text, options) {
  // ruleid: yaml-unsafe-load
  return options.safe ? yaml.safeLoad(text) : yaml.load(text);
}

function misnamed(text) {
  // ruleid: yaml-unsafe-load
  return yaml.safeLoad(text, { schema: yaml.DEFAULT_FULL_SCHEMA });
}

function ownTypes(text, colour) {
  // ok: yaml-unsafe-load
  return yaml.load(text, { schema: yaml.DEFAULT_SCHEMA.extend([colour]) });
}

function plain(text) {
  // ok: yaml-unsafe-load
  return yaml.load(text);
}

function json(text) {
  // ok: yaml-unsafe-load
  return yaml.load(text, { schema: yaml.JSON_SCHEMA });
}
