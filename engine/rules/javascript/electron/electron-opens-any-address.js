const { BrowserWindow, shell } = require("electron");

function wire(window) {
  window.webContents.on("new-window", (event, url) => {
    event.preventDefault();
    // ruleid: electron-opens-any-address
    shell.openExternal(url);
  });
}

function clicked(link) {
  // ruleid: electron-opens-any-address
  shell.openExternal(link.href);
}

function help() {
  // ok: electron-opens-any-address
  shell.openExternal("https://tides.example/help");
}

function search(text) {
  // ok: electron-opens-any-address
  shell.openExternal(`https://tides.example/search?q=${encodeURIComponent(text)}`);
}

function support(config) {
  // ok: electron-opens-any-address
  shell.openExternal(config.SUPPORT_PAGE);
}

function early(url) {
  if (!/^https:/.test(url)) {
    return;
  }
  // ok: electron-opens-any-address
  shell.openExternal(url);
}

function listed(url) {
  const { protocol } = new URL(url);
  if (["https:", "tel:"].includes(protocol)) {
    // ok: electron-opens-any-address
    shell.openExternal(url);
  }
}

function checked(url) {
  if (new URL(url).protocol === "https:") {
    // ok: electron-opens-any-address
    shell.openExternal(url);
  }
}
