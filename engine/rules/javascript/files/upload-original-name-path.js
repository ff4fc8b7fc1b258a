const multer = require('multer');

const storage = multer.diskStorage({
  filename(req, file, cb) {
    // ruleid: upload-original-name-path
    cb(null, Date.now() + '-' + file.originalname);
  },
});

app.post('/up', (req, res) => {
  // ruleid: upload-original-name-path
  fs.writeFile('uploads/' + req.file.originalname, req.file.buffer, done);
  // ruleid: upload-original-name-path
  const out = path.join('uploads', req.file.originalname);
  let picture = req.files.picture;
  // ruleid: upload-original-name-path
  picture.mv('./uploads/' + picture.name, done);

  // ok: upload-original-name-path
  cb(null, crypto.randomUUID() + path.extname(file.originalname));
  // ok: upload-original-name-path
  fs.writeFile('uploads/' + req.file.filename, req.file.buffer, done);
  // ok: upload-original-name-path
  log('upload of ' + req.file.originalname);
  // ok: upload-original-name-path
  picture.mv('./uploads/' + id, done);
});
