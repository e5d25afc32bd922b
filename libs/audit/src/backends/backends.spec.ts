import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { AuditEvent } from '../audit-event';
import { LenientSink, UnionSink, type AuditSink } from './audit-sink';
import { BatchingSink } from './batching-sink';
import { LogFileSink, type LogFileSettings } from './log-file-sink';
import { TruncatingSink } from './truncating-sink';
import { WebhookSink } from './webhook-sink';

const event = (auditID: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/pods',
  verb: 'list',
  user: { username: 'ada', groups: ['dev'] },
  requestReceivedTimestamp: '2026-01-02T03:04:05.000000Z',
  stageTimestamp: '2026-01-02T03:04:05.000000Z',
  ...more,
});

/** Remembers what it was given. */
class MemorySink implements AuditSink {
  readonly batches: string[][] = [];
  isClosed = false;
  constructor(private readonly answer: () => boolean | Promise<boolean> = () => true) {}
  process(events: readonly AuditEvent[]): boolean | Promise<boolean> {
    this.batches.push(events.map(({ auditID }) => auditID));
    return this.answer();
  }
  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
  get seen(): string[] {
    return this.batches.flat();
  }
}

describe('the log file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nestor-audit-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (more: Partial<LogFileSettings> = {}): LogFileSink =>
    new LogFileSink({
      path: join(folder, 'log', 'audit.log'),
      format: 'json',
      maxBytes: 1000,
      maxBackups: 0,
      maxAgeDays: 0,
      compress: false,
      ...more,
    });
  const files = (): string[] => readdirSync(join(folder, 'log')).sort();
  const linesOf = (text: string): string[] => text.split('\n').filter(Boolean);

  it('gets a line for each event and is read by its owner alone', async () => {
    const log = open();
    expect(log.process([event('1'), event('2')])).toBe(true);
    await log.close();
    const path = join(folder, 'log', 'audit.log');
    expect(linesOf(readFileSync(path, 'utf8')).map((line) => (JSON.parse(line) as AuditEvent).auditID)).toEqual([
      '1',
      '2',
    ]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('writes the legacy line', () => {
    open({ format: 'legacy' }).process([event('1', { responseStatus: { code: 200 } })]);
    expect(readFileSync(join(folder, 'log', 'audit.log'), 'utf8')).toBe(
      '2026-01-02T03:04:05.000000Z AUDIT: id="1" stage="ResponseComplete" ip="<unknown>" method="list" user="ada" ' +
        'groups="dev" as="<self>" asgroups="<lookup>" user-agent="" namespace="<none>" uri="/api/v1/pods" response="200"\n',
    );
  });

  it('loses no event over rotations, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1500), { minLength: 1, maxLength: 20 }), (sizes) => {
        rmSync(join(folder, 'log'), { recursive: true, force: true });
        const log = open();
        for (const [index, size] of sizes.entries())
          log.process([event(String(index), { userAgent: 'x'.repeat(size) })]);
        const texts = files().map((name) => readFileSync(join(folder, 'log', name), 'utf8'));
        const seen = texts.flatMap(linesOf).map((line) => Number((JSON.parse(line) as AuditEvent).auditID));
        expect(seen.sort((a, b) => a - b)).toEqual(sizes.map((_, index) => index));
      }),
      { numRuns: 20 },
    );
  });

  it('keeps as many old files as it may, and none that is too old', () => {
    const log = open({ maxBackups: 2, maxAgeDays: 1 });
    writeFileSync(join(folder, 'log', 'audit-2020-01-01T00-00-00.000.log'), 'old\n');
    for (let index = 0; index < 10; index++) log.process([event(String(index), { userAgent: 'x'.repeat(900) })]);
    expect(files()).toHaveLength(3);
    expect(files().every((name) => !name.includes('2020'))).toBe(true);
  });

  it('compresses what it puts aside', async () => {
    const log = open({ compress: true });
    for (let index = 0; index < 2; index++) log.process([event(String(index), { userAgent: 'x'.repeat(900) })]);
    let packed: string | undefined;
    while (!packed) {
      await new Promise((resolve) => setImmediate(resolve));
      packed = files().find((name) => name.endsWith('.gz'));
    }
    const text = gunzipSync(readFileSync(join(folder, 'log', packed))).toString();
    expect((JSON.parse(text) as AuditEvent).auditID).toBe('0');
  });
});

describe('batches', () => {
  const settings = { bufferSize: 100, maxBatchSize: 3, maxBatchWaitMs: 10_000 };

  it('go out when they are full, in order, and the rest at the end', async () => {
    const inner = new MemorySink();
    const sink = new BatchingSink(inner, settings);
    for (let index = 0; index < 7; index++) sink.process([event(String(index))]);
    await sink.close();
    expect(inner.seen).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(inner.batches.every((batch) => batch.length <= 3)).toBe(true);
    expect(inner.isClosed).toBe(true);
  });

  it('go out after the wait though they are not full', async () => {
    const inner = new MemorySink();
    const sink = new BatchingSink(inner, { ...settings, maxBatchWaitMs: 1 });
    sink.process([event('1')]);
    while (inner.batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(inner.seen).toEqual(['1']);
  });

  it('drop what the buffer has no room for, and never more', async () => {
    let release: (() => void) | undefined;
    const inner = new MemorySink(() => new Promise((resolve) => (release = () => resolve(true))));
    const sink = new BatchingSink(inner, { ...settings, bufferSize: 4 });
    sink.process([event('a'), event('b'), event('c')]);
    while (!release) await new Promise((resolve) => setImmediate(resolve));
    sink.process(['d', 'e', 'f', 'g', 'h', 'i'].map((id) => event(id)));
    const closed = sink.close();
    const timer = setInterval(() => release?.(), 1);
    await closed;
    clearInterval(timer);
    expect(inner.seen).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });
});

describe('large events', () => {
  it('lose their bodies, batches are split, and what is too large even so is dropped', () => {
    const inner = new MemorySink();
    const kept: AuditEvent[] = [];
    const sink = new TruncatingSink(
      { process: (events) => (kept.push(...events), inner.process(events)), close: () => inner.close() },
      { maxEventSize: 1000, maxBatchSize: 1500 },
    );
    void sink.process([
      event('small'),
      event('large', { requestObject: { text: 'x'.repeat(2000) } }),
      event('hopeless', { userAgent: 'x'.repeat(2000) }),
      event('next', { userAgent: 'x'.repeat(600) }),
    ]);
    expect(inner.seen).toEqual(['small', 'large', 'next']);
    expect(inner.batches.length).toBeGreaterThan(1);
    expect(kept[1]).toMatchObject({ annotations: { 'audit.k8s.io/truncated': 'true' } });
    expect(kept[1]!.requestObject).toBeUndefined();
  });
});

describe('the webhook', () => {
  it('is tried again where that may help', async () => {
    const answers = [0, 503, 429, 200];
    const bodies: string[] = [];
    const sink = new WebhookSink((list) => {
      bodies.push(list.toString());
      const code = answers.shift()!;
      return code === 0 ? Promise.reject(new Error('broken line')) : Promise.resolve(code);
    }, 1);
    expect(await sink.process([event('1')])).toBe(true);
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0]!)).toMatchObject({ kind: 'EventList', items: [{ auditID: '1' }] });
  });

  it('gives up on a refusal at once', async () => {
    let calls = 0;
    const sink = new WebhookSink(() => (calls++, Promise.resolve(400)), 1);
    expect(await sink.process([event('1')])).toBe(false);
    expect(calls).toBe(1);
  });
});

describe('several backends', () => {
  it('each get every event; only a strict one says no', async () => {
    const failing = new MemorySink(() => false);
    const slow = new MemorySink(() => Promise.resolve(false));
    expect(new UnionSink([new MemorySink(), failing]).process([event('1')])).toBe(false);
    expect(new UnionSink([new LenientSink(failing)]).process([event('2')])).toBe(true);
    expect(await new UnionSink([new LenientSink(slow), failing]).process([event('3')])).toBe(false);
    expect(failing.seen).toEqual(['1', '2', '3']);
  });
});
