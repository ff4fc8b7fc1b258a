import jwt from "jsonwebtoken";

export function preview(claims: object) {
  // ruleid: jwt-none-algorithm
  return jwt.sign(claims, "", { algorithm: "none" });
}

export function check(token: string, key: string) {
  // ruleid: jwt-none-algorithm
  return jwt.verify(token, key, { algorithms: ["HS256", "none"] });
}

export function strict(token: string, key: string) {
  // ok: jwt-none-algorithm
  return jwt.verify(token, key, { algorithms: ["HS256"] });
}

export function unrelated(chart: Chart) {
  // ok: jwt-none-algorithm
  return chart.draw("bars", { animation: "none" });
}
