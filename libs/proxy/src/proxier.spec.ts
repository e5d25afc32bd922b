import { Proxier } from './proxier';
import type { ProxyBackend } from './proxy-backend';
import type { ProxyState } from './state/service-port';

/** A backend that remembers what it was asked; failing and flushed at will. */
class RecordingBackend implements ProxyBackend {
  readonly mode = 'recording';
  readonly calls: { full: boolean }[] = [];
  failures = 0;
  isIntact = true;
  check = () => Promise.resolve();
  cleanup = () => Promise.resolve();
  intact = () => Promise.resolve(this.isIntact);
  sync(_: ProxyState, { full = false } = {}) {
    this.calls.push({ full });
    if (this.failures-- > 0) return Promise.reject(new Error('busy'));
    return Promise.resolve({ changed: full, rules: {} });
  }
}

function start(backend: RecordingBackend, syncPeriodMs = 60_000) {
  let synced: () => void = () => undefined;
  const errors: unknown[] = [];
  const proxier = new Proxier({
    backend,
    state: () => ({ ports: [] }),
    minSyncPeriodMs: 5,
    syncPeriodMs,
    onSync: () => synced(),
    onError: (error) => errors.push(error),
  });
  return { proxier, errors, nextSync: () => new Promise<void>((resolve) => (synced = resolve)) };
}

test('changes that come together are one sync, the first one full', async () => {
  const backend = new RecordingBackend();
  const { proxier, nextSync } = start(backend);
  let next = nextSync();
  for (let i = 0; i < 10; i++) proxier.trigger();
  await next;
  expect(backend.calls).toEqual([{ full: true }]);
  next = nextSync();
  proxier.trigger();
  await next;
  expect(backend.calls).toEqual([{ full: true }, { full: false }]);
  await proxier.stop();
});

test('a failed sync is told, retried in full, and counts against health', async () => {
  const backend = new RecordingBackend();
  backend.failures = 1;
  const { proxier, errors, nextSync } = start(backend);
  const next = nextSync();
  proxier.trigger();
  expect(proxier.healthAt(Date.now() + 200_000).healthy).toBe(false);
  await next;
  expect(errors).toHaveLength(1);
  expect(backend.calls).toEqual([{ full: true }, { full: true }]);
  expect(proxier.healthAt(Date.now() + 200_000).healthy).toBe(true);
  await proxier.stop();
});

test('rules that somebody flushed are written anew without a change', async () => {
  const backend = new RecordingBackend();
  const { proxier, nextSync } = start(backend, 10);
  let next = nextSync();
  proxier.trigger();
  await next;
  backend.isIntact = false;
  next = nextSync();
  await next;
  expect(backend.calls.at(-1)).toEqual({ full: true });
  await proxier.stop();
});
