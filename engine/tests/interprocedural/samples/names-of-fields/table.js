function table(id) {
  const all = {};
  all[id] = source();
  return all;
}

module.exports = { table };
