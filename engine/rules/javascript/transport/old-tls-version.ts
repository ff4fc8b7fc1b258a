import https from "node:https";
import tls from "node:tls";

// ruleid: old-tls-version
export const agent = new https.Agent({ secureProtocol: "TLSv1_method" });

export const server = tls.createServer({
  // ruleid: old-tls-version
  minVersion: "TLSv1.1",
});

// ok: old-tls-version
export const modern = new https.Agent({ minVersion: "TLSv1.2" });

// ok: old-tls-version
export const flexible = new https.Agent({ secureProtocol: "TLSv1_2_method" });

// ok: old-tls-version
export const manifest = { minVersion: "1.1" };
