const serveIndex = require('serve-index');

// ruleid: directory-listing-served
app.use('/ftp', serveIndex('ftp', { icons: true }));
// ruleid: directory-listing-served
app.use('/logs', express.static('logs'), require('serve-index')('logs'));
// ruleid: directory-listing-served
app.use(express.directory('public'));
// ok: directory-listing-served
app.use('/ftp', express.static('ftp'));
// ok: directory-listing-served
app.use('/index', showIndex('ftp'));
