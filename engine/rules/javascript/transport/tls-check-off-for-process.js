// ruleid: tls-check-off-for-process
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

if (process.argv.includes("--insecure")) {
  // ruleid: tls-check-off-for-process
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = 0;
}

// ok: tls-check-off-for-process
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";

// ok: tls-check-off-for-process
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
