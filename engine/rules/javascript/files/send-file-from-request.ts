import path from "node:path";
import type { Request, Response } from "express";

export function avatar(req: Request, res: Response) {
  // ruleid: send-file-from-request
  res.sendFile(path.join(__dirname, "avatars", req.params.file));
}

export const report = (req: Request, res: Response) => {
  const file = "reports/" + req.query.name;
  // ruleid: send-file-from-request
  res.download(file);
};

export function rooted(req: Request, res: Response) {
  // ok: send-file-from-request
  res.sendFile(req.params.file, { root: "/srv/avatars" });
}

export function base(req: Request, res: Response) {
  const file = path.basename(req.params.file);
  // ok: send-file-from-request
  res.sendFile(path.join(__dirname, file));
}
