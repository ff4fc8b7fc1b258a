const bcrypt = require('bcrypt');

// ruleid: bcrypt-low-cost
const a = bcrypt.hashSync(password, 8);
// ruleid: bcrypt-low-cost
bcrypt.genSalt(5, done);
// ruleid: bcrypt-low-cost
const b = await bcrypt.hash(password, 4);
// ok: bcrypt-low-cost
const c = bcrypt.hashSync(password, 12);
// ok: bcrypt-low-cost
const d = bcrypt.hashSync(password);
// ok: bcrypt-low-cost
const e = await bcrypt.hash(password, salt);
