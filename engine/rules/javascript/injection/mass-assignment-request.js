router.post('/users', async (req, res) => {
  // ruleid: mass-assignment-request
  const user = await User.create(req.body);
  // ruleid: mass-assignment-request
  const note = new Note(req.body);
  // ruleid: mass-assignment-request
  await User.findByIdAndUpdate(req.params.id, req.body, { new: true });
  // ruleid: mass-assignment-request
  Object.assign(user, req.body);
  // ruleid: mass-assignment-request
  await User.update(req.body, { where: { id: req.user.id } });

  // ok: mass-assignment-request
  await User.create({ name: req.body.name, email: req.body.email });
  // ok: mass-assignment-request
  const copy = Object.assign({}, req.body);
  // ok: mass-assignment-request
  const event = new Event(req.body.type);
  // ok: mass-assignment-request
  const user2 = await User.create(pick(req.body, ['name']));
});
