// ruleid: body-limit-too-large
app.use(bodyParser.json({ limit: '50mb' }));
// ruleid: body-limit-too-large
app.use(express.urlencoded({ extended: true, limit: "200MB" }));
// ruleid: body-limit-too-large
app.use(express.json({ limit: Infinity }));
// ok: body-limit-too-large
app.use(express.json({ limit: '2mb' }));
// ok: body-limit-too-large
app.use(express.json());
// ok: body-limit-too-large
app.use(queue.json({ limit: '50mb' }));
