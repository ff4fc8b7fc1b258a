// ruleid: tls-verification-disabled-globally
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
// ruleid: tls-verification-disabled-globally
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0;
// ruleid: tls-verification-disabled-globally
process.env.NODE_TLS_REJECT_UNAUTHORIZED = 0;
// ok: tls-verification-disabled-globally
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
// ok: tls-verification-disabled-globally
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
// ok: tls-verification-disabled-globally
if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') warn();
