const swig = require('swig');
const nunjucks = require('nunjucks');

// ruleid: template-autoescape-off
swig.setDefaults({ autoescape: false });
// ruleid: template-autoescape-off
nunjucks.configure('views', { express: app, autoescape: false });
// ruleid: template-autoescape-off
const page = Handlebars.compile(text, { noEscape: true });
// ok: template-autoescape-off
nunjucks.configure('views', { autoescape: true, express: app });
// ok: template-autoescape-off
const other = Handlebars.compile(text, { noEscape: false });
// ok: template-autoescape-off
const third = Handlebars.compile(text);
