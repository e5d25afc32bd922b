import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, repositoryRoot, startApiServer, temporaryDirectory } from '@nestor/testing';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

/** What docs/extending.md shows. */
const plugin = `
exports.admissionPlugins = ({ reader }) => [
  {
    name: 'TeamLabel',
    handles: ({ operation, group, resource }) => operation === 'CREATE' && group === '' && resource === 'configmaps',
    admit({ object }) {
      object.metadata.labels = { team: 'nobody', ...object.metadata.labels };
    },
    async validate({ object, namespace }) {
      const { metadata } = await reader.get('namespaces', '', namespace);
      if (object.metadata.labels.team === (metadata.labels.team ?? 'nobody')) return;
      throw Object.assign(new Error(), {
        status: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message: 'of another team' },
      });
    },
  },
];
`;

(isBuilt ? it : it.skip)('a plugin from outside changes and judges writes, and is switched as others are', async () => {
  const directory = temporaryDirectory('plugin');
  const path = join(directory.path, 'team-label.js');
  writeFileSync(path, plugin);
  const server = await startApiServer({ args: [`--admission-plugin-modules=${path}`] });
  const client = await ApiClient.of(server);
  const maps = '/api/v1/namespaces/default/configmaps';
  const made = await client.post(maps, { metadata: { name: 'a' } });
  expect(made).toMatchObject({ code: 201, body: { metadata: { labels: { team: 'nobody' } } } });
  const refused = await client.post(maps, { metadata: { name: 'b', labels: { team: 'x' } } });
  expect(refused).toMatchObject({ code: 403, body: { message: 'of another team' } });
  client.close();
  await server.stop();
  directory.remove();
});
