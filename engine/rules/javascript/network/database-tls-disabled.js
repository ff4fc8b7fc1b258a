// ruleid: database-tls-disabled
const a = new MongoClient(url, { ssl: true, sslValidate: false });
// ruleid: database-tls-disabled
const b = new MongoClient(url, { tlsAllowInvalidCertificates: true });
// ruleid: database-tls-disabled
const c = sql.connect({ server, options: { encrypt: true, trustServerCertificate: true } });
// ruleid: database-tls-disabled
const d = new Pool({ connectionString: 'postgres://app@db.prod.internal/app?sslmode=disable' });
// ok: database-tls-disabled
const e = new MongoClient(url, { tls: true, tlsCAFile: 'ca.pem' });
// ok: database-tls-disabled
const f = new Pool({ connectionString: 'postgres://app@localhost/app?sslmode=disable' });
// ok: database-tls-disabled
const g = { encrypt: false };
