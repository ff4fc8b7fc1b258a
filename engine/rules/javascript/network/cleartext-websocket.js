// ruleid: cleartext-websocket
const a = new WebSocket('ws://chat.tool.dev/room');
// ruleid: cleartext-websocket
const b = new WebSocket(`ws://${location.host}/room`);
// ruleid: cleartext-websocket
const c = new WebSocket("ws://" + host + '/room');
// ok: cleartext-websocket
const d = new WebSocket('wss://chat.tool.dev/room');
// ok: cleartext-websocket
const e = new WebSocket('ws://localhost:8080');
// ok: cleartext-websocket
const f = new WebSocket(url);
