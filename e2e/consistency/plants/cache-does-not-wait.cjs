/** Reads are answered from the cache before it has come to the newest revision. */
const { from, start } = require('./planted-api-server.cjs');

const { FollowedResource } = from('libs/watch/dist/cache/followed-resource.js');

FollowedResource.prototype.waitFor = async function () {
  await this.ready();
};

start();
