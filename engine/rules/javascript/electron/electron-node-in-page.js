const { BrowserWindow } = require("electron");

function open() {
  return new BrowserWindow({
    width: 800,
    webPreferences: {
      // ruleid: electron-node-in-page
      nodeIntegration: true,
    },
  });
}

function openWorker(preload) {
  // ruleid: electron-node-in-page
  return new BrowserWindow({ webPreferences: { preload, nodeIntegrationInWorker: true } });
}

function strict(preload) {
  // ok: electron-node-in-page
  return new BrowserWindow({ webPreferences: { preload, nodeIntegration: false } });
}

function plain() {
  // ok: electron-node-in-page
  return new BrowserWindow({ show: true });
}
