const express = require('express');

// ruleid: static-serves-project-root
app.use(express.static(__dirname));
// ruleid: static-serves-project-root
app.use('/', express.static('./'));
// ruleid: static-serves-project-root
app.use(express.static(__dirname + '/'));
// ruleid: static-serves-project-root
app.use(express.static(path.join(__dirname, '/'), { index: false }));
// ok: static-serves-project-root
app.use(express.static(path.join(__dirname, 'public')));
// ok: static-serves-project-root
app.use(express.static(__dirname + '/public'));
// ok: static-serves-project-root
app.use(express.static('public'));
