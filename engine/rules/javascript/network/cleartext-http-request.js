// ruleid: cleartext-http-request
axios.get('http://api.weather.io/today');
// ruleid: cleartext-http-request
fetch("http://updates.tool.dev/latest.json", { cache: 'no-store' });
// ruleid: cleartext-http-request
http.get('http://api.weather.io/v1', done);
// ok: cleartext-http-request
axios.get('https://api.weather.io/today');
// ok: cleartext-http-request
fetch('http://localhost:3000/api');
// ok: cleartext-http-request
http.get('http://127.0.0.1/health', done);
// ok: cleartext-http-request
fetch('http://backend/items');
// ok: cleartext-http-request
parse('http://api.weather.io/today');
