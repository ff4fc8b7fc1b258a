import { generateKeyPairSync } from "node:crypto";
import crypto from "node:crypto";
import forge from "node-forge";
import NodeRSA from "node-rsa";

// ruleid: short-rsa-key
export const old = generateKeyPairSync("rsa", { modulusLength: 1024 });

// ruleid: short-rsa-key
export const pair = forge.pki.rsa.generateKeyPair({ bits: 512 });

// ruleid: short-rsa-key
export const boxed = new NodeRSA({ b: 1024 });

// ok: short-rsa-key
export const good = crypto.generateKeyPairSync("rsa", { modulusLength: 3072 });

// ok: short-rsa-key
export const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
