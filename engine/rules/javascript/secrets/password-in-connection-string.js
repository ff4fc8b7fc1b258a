// ruleid: password-in-connection-string
const pool = connect("postgres://parcels:counter4711@db.internal:5432/parcels");

// ruleid: password-in-connection-string
const mongo = "mongodb+srv://tides:n0rth-pier@cluster0.tides.net/app";

// ok: password-in-connection-string
const documented = "postgres://user:password@localhost/app";

// ok: password-in-connection-string
const built = `redis://app:${process.env.REDIS_PASSWORD}@cache:6379`;

// ok: password-in-connection-string
const onThisMachine = "postgres://app:app@localhost:5432/app";

// ok: password-in-connection-string
const toFillIn = "mongodb://app:DB_PASSWORD_GOES_HERE@db:27017/app";

// ok: password-in-connection-string
const open = "mongodb://localhost:27017/app";
