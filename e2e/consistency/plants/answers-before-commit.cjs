/** Writers hear of success forty milliseconds before Postgres commits. */
const { setTimeout: sleep } = require('node:timers/promises');
const { from, start } = require('./planted-api-server.cjs');

const { CommitConnection } = from('libs/store/dist/write/commit-connection.js');
const { commit } = CommitConnection.prototype;

CommitConnection.prototype.commit = async function (operations) {
  await this.committing;
  const client = await this.connected();
  await client.query('BEGIN');
  const batch = await commit.call(this, operations);
  this.committing = sleep(40)
    .then(() => client.query('COMMIT'))
    .catch(() => undefined);
  return batch;
};

start();
