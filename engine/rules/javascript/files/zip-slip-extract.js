const fs = require('fs');
const path = require('path');

function unpack(zip, dir) {
  zip.getEntries().forEach((entry) => {
    // ruleid: zip-slip-extract
    fs.writeFileSync(dir + '/' + entry.entryName, entry.getData());
  });
  stream.on('entry', (entry) => {
    const fileName = entry.path;
    check(fileName);
    // ruleid: zip-slip-extract
    entry.pipe(fs.createWriteStream('uploads/' + fileName));
  });
  yauzl.on('entry', function (zipEntry) {
    // ruleid: zip-slip-extract
    const out = path.join(dir, zipEntry.fileName);
  });
  // ok: zip-slip-extract
  fs.writeFileSync(path.join(dir, user.name), data);
  // ok: zip-slip-extract
  const p = path.join(dir, entry.size);
  // ok: zip-slip-extract
  log(entry.path);
}
