app.post("/login", async (req, res) => {
  // ruleid: mongo-filter-from-request
  const user = await User.findOne({ email: req.body.email, password: req.body.password });
  res.json(user);
});

app.post("/search", async (req: Request, res: Response) => {
  // ruleid: mongo-filter-from-request
  res.json(await Product.find(req.body));
});

export const review = () => (req: Request, res: Response) => {
  // ruleid: mongo-filter-from-request
  reviews.updateMany({ _id: req.body.id }, { $set: { message: req.body.message } }, { multi: true });
};

app.post("/safe", async (req, res) => {
  // ok: mongo-filter-from-request
  res.json(await User.findOne({ email: String(req.body.email) }));
});

app.get("/list", (req, res) => {
  // ok: mongo-filter-from-request
  res.json(items.find((item) => item.id === req.query.id));
});

app.get("/sequelize", async (req, res) => {
  // ok: mongo-filter-from-request
  res.json(await User.findOne({ where: { email: req.body.email } }));
});
