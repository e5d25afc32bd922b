import { clusterIdentities } from '@nestor/pki';
import { ApiClient, eventually, type TestApiServer } from '@nestor/testing';
import { startAskingServer, type AskingServer } from './asking-server';
import type { ReviewWebhook } from './review-webhook';

const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
const own = 'https://kubernetes.default.svc.cluster.local';

describe('the webhook for tokens', () => {
  let asking: AskingServer;
  let webhook: ReviewWebhook;
  let server: TestApiServer;
  let admin: ApiClient;
  let nth = 0;
  /** One that the webhook was not asked about before. */
  const newToken = (): string => `token-${++nth}`;
  const about = (token: string) => webhook.asked.filter(({ spec }) => spec['token'] === token);
  const userOf = async (token: string): Promise<unknown> => {
    const client = ApiClient.withToken(server, token);
    const { code, body } = await client.post(whoami, {});
    client.close();
    return code === 201 ? (body['status'].userInfo as unknown) : code;
  };
  const jane = {
    authenticated: true,
    user: { username: 'jane', uid: '7', groups: ['dev'], extra: { 'a.com/b': ['c'] } },
  };

  beforeAll(async () => {
    asking = await startAskingServer((kubeconfig) => [
      `--authentication-token-webhook-config-file=${kubeconfig}`,
      '--authentication-token-webhook-cache-ttl=5s',
    ]);
    ({ webhook, server, admin } = asking);
  }, 120_000);
  afterAll(() => asking?.stop());
  beforeEach(() => {
    webhook.asked.length = 0;
    webhook.answer = () => ({ authenticated: false });
  });

  it('is asked whose a token is that nobody here knows', async () => {
    webhook.answer = () => jane;
    const token = newToken();
    expect(await userOf(token)).toEqual({
      username: 'jane',
      uid: '7',
      groups: ['dev', 'system:authenticated'],
      extra: { 'a.com/b': ['c'] },
    });
    expect(webhook.asked).toEqual([
      {
        url: '/authorize?timeout=30s',
        caller: clusterIdentities.kubeletClient.commonName,
        apiVersion: 'authentication.k8s.io/v1beta1',
        spec: { token, audiences: [own] },
      },
    ]);
    await admin.get('/version');
    expect(webhook.asked).toHaveLength(1);
  });

  it('is asked again when what it said is old, of what it knew and of what it did not', async () => {
    const [known, unknown] = [newToken(), newToken()];
    webhook.answer = ({ token }) => (token === known ? jane : { authenticated: false });
    for (let round = 0; round < 3; round++) {
      expect(await userOf(known)).toMatchObject({ username: 'jane' });
      expect(await userOf(unknown)).toBe(401);
    }
    expect([about(known).length, about(unknown).length]).toEqual([1, 1]);
    webhook.answer = ({ token }) => (token === unknown ? jane : { authenticated: false });
    await eventually(async () => expect(await userOf(unknown)).toMatchObject({ username: 'jane' }));
    await eventually(async () => expect(await userOf(known)).toBe(401));
  });

  it('says for whom a token is good', async () => {
    webhook.answer = () => ({ ...jane, audiences: ['vault'] });
    const token = newToken();
    expect(await userOf(token)).toBe(401);
    const review = async (audiences?: string[]) =>
      (await admin.post(reviews, { spec: { token, audiences } })).body['status'] as object;
    expect(await review(['vault', 'other'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect(await review()).toMatchObject({ authenticated: false });
  });

  it('says why a token is nobody’s, and that is not remembered', async () => {
    webhook.answer = () => ({ authenticated: false, error: 'locked out' });
    const token = newToken();
    const { body } = await admin.post(reviews, { spec: { token } });
    expect(body['status']).toMatchObject({ authenticated: false, error: '[invalid bearer token, locked out]' });
    webhook.answer = () => jane;
    expect(await userOf(token)).toMatchObject({ username: 'jane' });
  });

  it('is asked again after what may pass, and lets nobody in while it is gone', async () => {
    const [token, other] = [newToken(), newToken()];
    webhook.answer = () => (about(token).length < 2 ? { code: 500, text: 'oops' } : jane);
    expect(await userOf(token)).toMatchObject({ username: 'jane' });
    expect(about(token)).toHaveLength(2);
    webhook.answer = () => ({ code: 200, text: 'not JSON' });
    expect(await userOf(other)).toBe(401);
    await webhook.stop();
    expect(await userOf(other)).toBe(401);
    await eventually(() => expect(server.output()).toContain('an authentication webhook gave no answer'));
    expect((await admin.get('/api')).code).toBe(200);
    await webhook.start();
    webhook.answer = () => jane;
    expect(await userOf(other)).toMatchObject({ username: 'jane' });
  });
});
