const crypto = require('crypto');

function store(user, password) {
  // ruleid: password-fast-hash
  user.hash = crypto.createHash('sha256').update(password).digest('hex');
  // ruleid: password-fast-hash
  user.old = crypto.createHash('md5').update(salt + user.password).digest('hex');
  // ruleid: password-fast-hash
  user.third = md5(req.body.password);
  // ok: password-fast-hash
  user.key = crypto.scryptSync(password, salt, 64);
  // ok: password-fast-hash
  user.tag = crypto.createHash('sha256').update(user.name).digest('hex');
  // ok: password-fast-hash
  user.file = crypto.createHash('sha256').update(passwordFile.path).digest('hex');
}
