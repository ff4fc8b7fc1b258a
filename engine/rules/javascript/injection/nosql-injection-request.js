const User = require('../models/user');

exports.login = function (req, res, next) {
  // ruleid: nosql-injection-request
  User.find({ username: req.body.username, password: req.body.password }, done);
  // ruleid: nosql-injection-request
  users.findOne({ email: req.body.email });
  // ruleid: nosql-injection-request
  db.collection('sessions').deleteMany({ active: true, token: req.query.token });
  // ruleid: nosql-injection-request
  User.findOne(req.body, done);

  // ok: nosql-injection-request
  User.findOne({ email: String(req.body.email) }, done);
  // ok: nosql-injection-request
  User.findOne({ email: { $eq: req.body.email } }, done);
  // ok: nosql-injection-request
  User.findOne({ _id: req.user.id }, done);
  // ok: nosql-injection-request
  User.findById(req.params.id, done);
  // ok: nosql-injection-request
  list.find((entry) => entry.name === req.body.name);
};
