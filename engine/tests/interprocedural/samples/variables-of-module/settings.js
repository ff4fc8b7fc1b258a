const secret = source();
const name = 'plain';

exports.secret = () => secret;
exports.name = () => name;
