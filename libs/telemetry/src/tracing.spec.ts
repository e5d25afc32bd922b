import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SpanRecord } from './span-file.exporter';

// Tracing is process-wide, so each test takes the module anew.
const fresh = () => {
  jest.resetModules();
  return require('./tracing') as typeof import('./tracing');
};

describe('tracing', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'nestor-tracing-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const spans = (file: string): SpanRecord[] =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SpanRecord);

  it('only calls the function when it is off', () => {
    const { withSpan, currentTraceparent, isTracing, initTracing } = fresh();
    initTracing({ service: 'x' });
    expect(isTracing()).toBe(false);
    expect(withSpan('work', { parent: 'anything' }, (span) => [span.traceparent, currentTraceparent()])).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('joins spans by nesting, over awaits, and by a traceparent from elsewhere', async () => {
    const tracing = fresh();
    const file = join(dir, 'deep', 'spans.jsonl');
    tracing.initTracing({ service: 'apiserver', file });
    let created: string | undefined;
    await tracing.withSpan('create', { attributes: { object: 'default/web' } }, async (span) => {
      await new Promise((resolve) => setImmediate(resolve));
      created = tracing.currentTraceparent();
      expect(created).toBe(span.traceparent);
      tracing.withSpan('commit', {}, () => undefined);
    });
    tracing.withSpan('bind', { parent: created }, () => undefined);
    tracing.spanFromLink('sweep', created, () => undefined);
    tracing.withSpan('other', { parent: 'not a traceparent' }, () => undefined);
    await tracing.flushTracing();

    const [commit, create, bind, sweep, other] = ['commit', 'create', 'bind', 'sweep', 'other'].map((name) =>
      spans(file).find((span) => span.name === name)!,
    );
    expect(created).toBe(`00-${create!.traceId}-${create!.spanId}-01`);
    expect(create).toMatchObject({ service: 'apiserver', attributes: { object: 'default/web' } });
    expect(create!.parentSpanId).toBeUndefined();
    expect(create!.end).toBeGreaterThanOrEqual(create!.start);
    expect(commit).toMatchObject({ traceId: create!.traceId, parentSpanId: create!.spanId });
    expect(bind).toMatchObject({ traceId: create!.traceId, parentSpanId: create!.spanId });
    expect(sweep!.traceId).not.toBe(create!.traceId);
    expect(sweep!.links).toEqual([{ traceId: create!.traceId, spanId: create!.spanId }]);
    expect(other!.traceId).not.toBe(create!.traceId);
  });

  it('marks what threw, at once or later, and lets it through', async () => {
    const tracing = fresh();
    const file = join(dir, 'spans.jsonl');
    tracing.initTracing({ service: 'x', file });
    expect(() =>
      tracing.withSpan('sync', {}, () => {
        throw new Error('boom');
      }),
    ).toThrow('boom');
    await expect(tracing.withSpan('async', {}, () => Promise.reject(new Error('late')))).rejects.toThrow('late');
    tracing.beginSpan('by hand').end('gone');
    await tracing.flushTracing();
    expect(spans(file).map(({ name, error }) => [name, error])).toEqual([
      ['sync', 'boom'],
      ['async', 'late'],
      ['by hand', 'gone'],
    ]);
  });

  it('sends spans to an OTLP endpoint', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => bodies.push(chunk)).on('end', () => response.end('{}'));
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = collector.address() as AddressInfo;
      // In a process of its own: the exporter imports on demand, which jest's module registry cannot do.
      const script = `
        const { initTracing, withSpan, flushTracing } = require(${JSON.stringify(join(__dirname, 'tracing.ts'))});
        initTracing({ service: 'kubelet', endpoint: 'http://127.0.0.1:${port}/v1/traces' });
        withSpan('start container', {}, () => undefined);
        flushTracing().then(() => process.exit(0));
      `;
      await promisify(execFile)(process.execPath, ['-r', 'esbuild-register', '-e', script], { timeout: 30_000 });
      expect(bodies.join('')).toContain('start container');
      expect(bodies.join('')).toContain('kubelet');
    } finally {
      collector.closeAllConnections();
      collector.close();
    }
  });
});
