import { noOpinion, type Decision } from '@nestor/auth';
import { metrics } from '@nestor/telemetry';
import { authorizeRequest } from './authorize-request';
import type { Exchange } from './exchange';

const exchange = {
  info: { verb: 'get', path: '/x', group: '', version: 'v1', resource: 'pods', namespace: 'a', name: 'b' },
  user: { name: 'u', groups: [] },
  request: { url: '/x' },
  response: { setHeader: () => undefined },
} as unknown as Exchange;

/** Every series of the two metrics by the result it counts. */
async function counts(): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, result, value] = /^authorization_(\w+)\{result="([\w-]+)"\} (\d+)$/.exec(line) ?? [];
      return name ? [[`${name} ${result}`, Number(value)]] : [];
    }),
  );
}

describe('what is counted of an authorization', () => {
  it.each<[string, Decision]>([
    ['allowed', { decision: 'allow', reason: '' }],
    ['allowed', { decision: 'allow', reason: '', error: new Error('another one failed') }],
    ['denied', { decision: 'deny', reason: 'no' }],
    ['no-opinion', noOpinion()],
    ['error', { ...noOpinion(), error: new Error('failed') }],
    ['error', { decision: 'deny', reason: '', error: new Error('failed') }],
  ])('%s: %j', async (result, decision) => {
    for (const said of [decision, Promise.resolve(decision)]) {
      const before = await counts();
      const done = (async () => authorizeRequest({ authorize: () => said }, exchange))();
      if (result === 'allowed') await done;
      else await expect(done).rejects.toThrow();
      const after = await counts();
      const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
      expect(changed).toEqual([`attempts_total ${result}`, `duration_seconds_count ${result}`]);
    }
  });
});
