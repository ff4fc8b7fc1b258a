import { BrowserWindow } from "electron";

export function open(preload: string) {
  return new BrowserWindow({
    webPreferences: {
      preload,
      // ruleid: electron-page-not-isolated
      contextIsolation: false,
      // ruleid: electron-page-not-isolated
      webSecurity: false,
    },
  });
}

export function mixed() {
  // ruleid: electron-page-not-isolated
  return new BrowserWindow({ webPreferences: { allowRunningInsecureContent: true } });
}

export function strict(preload: string) {
  // ok: electron-page-not-isolated
  return new BrowserWindow({ webPreferences: { preload, contextIsolation: true } });
}

export function chosen(preload: string, dev: boolean) {
  // ok: electron-page-not-isolated
  return new BrowserWindow({ webPreferences: { preload, webSecurity: !dev } });
}
