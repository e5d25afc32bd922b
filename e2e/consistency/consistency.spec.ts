import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { described, runConsistency, summary, type ConsistencySettings } from '@nestor/bench';
import { hasNatsServer, repositoryRoot } from '@nestor/testing';
import { plantBareSequence } from './plants/bare-sequence';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');
const plant = (file: string): string => join(__dirname, 'plants', file);

/** What is wrong, in words that show it when the test fails. */
async function wrongs(settings: Partial<ConsistencySettings>): Promise<string[]> {
  const { violations } = await runConsistency({ durationMs: 8000, seed: 7, ...settings });
  return violations.map(described);
}
const quiet: Partial<ConsistencySettings> = { faults: () => false, settleMs: 10_000 };

(isBuilt ? describe : describe.skip)('consistency', () => {
  it('holds while Postgres, NATS, API servers and the connections between them break', async () => {
    const { history, violations } = await runConsistency({
      durationMs: 60_000,
      seed: Math.floor(Math.random() * 1e6),
      shortHistory: true,
    });
    console.warn(summary(history).join('\n'));
    expect(violations.map(described)).toEqual([]);
    expect(history.writes.filter(({ outcome }) => outcome === 'done').length).toBeGreaterThan(100);
    expect(history.probes.some(({ outcome }) => outcome === 'expired')).toBe(true);
  }, 240_000);

  it('holds without faults', async () => {
    expect(await wrongs(quiet)).toEqual([]);
  });
});

(isBuilt ? describe : describe.skip)('the checker finds', () => {
  it('revisions from a bare sequence', async () => {
    const found = await wrongs({ ...quiet, prepare: plantBareSequence });
    expect(found.join('\n')).toMatch(/watchers: http-\d: was not told of revision \d+/);
  });

  (hasNatsServer() ? it : it.skip)('a relay that skips a message', async () => {
    const found = await wrongs({ ...quiet, main: plant('relay-skips-one.cjs') });
    expect(found.join('\n')).toMatch(/watchers: informer-bus-\d: was not told of/);
    expect(found.join('\n')).toMatch(/watchers: bus: lost revision \d+ and could not know it/);
  });

  it('a cache that serves before it has caught up', async () => {
    const found = await wrongs({ ...quiet, main: plant('cache-does-not-wait.cjs') });
    expect(found.join('\n')).toMatch(/consistent reads: .* before (the read|it) began/);
  });

  it('a write that is acknowledged before it is committed', async () => {
    const found = await wrongs({ ...quiet, main: plant('answers-before-commit.cjs') });
    expect(found.join('\n')).toMatch(/consistent reads: .* before (the read|it) began/);
  });
});
