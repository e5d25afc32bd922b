import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { configMap } from './objects';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;

describe('with tracing on', () => {
  const directory = temporaryDirectory('tracing');
  const file = join(directory.path, 'spans.jsonl');
  let server: TestApiServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startApiServer({ tracing: file });
    api = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
    directory.remove();
  });

  it('continues the trace of a write and leaves it on what was created', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const { body } = await api.send('POST', path, configMap('traced'), { traceparent: parent });
    expect(body.metadata.annotations?.['nestor.dev/traceparent']).toContain(traceId);
    await eventually(() => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const spans = text.split('\n').filter((line) => line.includes(traceId));
      expect(spans.join()).toContain('create configmaps');
    });
  });
});
