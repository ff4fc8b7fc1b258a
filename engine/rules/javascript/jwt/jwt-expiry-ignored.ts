import jwt from "jsonwebtoken";
import { Strategy as JwtStrategy } from "passport-jwt";

export function renew(token: string, key: string) {
  // ruleid: jwt-expiry-ignored
  return jwt.verify(token, key, { algorithms: ["HS256"], ignoreExpiration: true });
}

// ruleid: jwt-expiry-ignored
export const strategy = new JwtStrategy({ secretOrKey: process.env.KEY, ignoreExpiration: true }, find);

export function strict(token: string, key: string) {
  // ok: jwt-expiry-ignored
  return jwt.verify(token, key, { algorithms: ["HS256"], ignoreExpiration: false });
}

export function cache(store: Store, key: string) {
  // ok: jwt-expiry-ignored
  return store.read(key, { ignoreExpiry: true });
}
