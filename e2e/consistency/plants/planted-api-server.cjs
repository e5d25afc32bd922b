/** An API server out of the compiled modules, which a plant has changed before; what apps/apiserver/dist/main.js loads is one file. */
const { join } = require('node:path');

const from = (file) => require(join(__dirname, '..', '..', '..', file));

module.exports = { from, start: () => from('apps/apiserver/dist/start.js').startApiServer() };
