async function within(db) {
  const rows = await db.find(source());
  // As the rules' reference: what is given to a call comes back.
  sink(rows); // both
}
async function find(db) {
  return await db.find(source());
}
async function main(db) {
  const rows = await find(db);
  // Between functions an answer is data of its own.
  // ok: flow
  sink(rows);
  fetch('/x', { body: source() }).then((answer) => {
    // ok: flow
    sink(answer);
  });
  const request = source();
  const text = await request.text();
  // A method of what is tainted.
  sink(text); // both
  const [first] = await Promise.all([db.find(source()), other()]);
  run(first);
}
function run(row) {
  // ok: flow
  sink(row);
}
