// What a program written with client-node does: an informer of ConfigMaps, started again when it reports an error.
// Prints the names it knows after each change.
import workers from 'node:worker_threads';
import zlib from 'node:zlib';

// The undici of client-node expects a newer Node; these three are all that it misses in Node 20.
zlib.createZstdDecompress ??= zlib.createGunzip;
workers.markAsUncloneable ??= () => undefined;
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
};
const { CoreV1Api, KubeConfig, makeInformer } = await import('@kubernetes/client-node');

const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CoreV1Api);
const list = () => api.listNamespacedConfigMap({ namespace: 'default' });
const informer = makeInformer(config, '/api/v1/namespaces/default/configmaps', list);
const names = new Set();
const tell = () => console.log('state', ...[...names].sort());
informer.on('add', ({ metadata }) => {
  names.add(metadata.name);
  tell();
});
informer.on('delete', ({ metadata }) => {
  names.delete(metadata.name);
  tell();
});
informer.on('error', (error) => {
  console.error(error);
  setTimeout(() => informer.start(), 200);
});
await informer.start();
