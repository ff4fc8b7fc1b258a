const multer = require('multer');
const fileUpload = require('express-fileupload');

// ruleid: upload-without-limits
const upload = multer({ dest: 'uploads/' });
// ruleid: upload-without-limits
app.use(fileUpload());
// ruleid: upload-without-limits
const memory = multer({ storage: multer.memoryStorage() }).single('a');
// ok: upload-without-limits
const small = multer({ dest: 'uploads/', limits: { fileSize: 1e6 } });
// ok: upload-without-limits
app.use(fileUpload({ limits: { fileSize: 1e6 }, abortOnLimit: true }));
// ok: upload-without-limits
const store = multer.diskStorage({ destination: 'uploads/' });
