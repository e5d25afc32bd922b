import type { IncomingMessage } from 'node:http';
import type { AccessReviewSpec, AccessReviewStatus } from '@nestor/auth';
import { loadConfig } from '@nestor/config';
import { HttpError } from '../server/http-error';
import { AuthConfig } from './auth.config';
import { KubeletAuth } from './kubelet-auth';
import type { Reviews, TokenReviewStatus } from './reviews';

const request = (method: string, headers: Record<string, string> = {}): IncomingMessage =>
  ({ method, headers, socket: {} }) as unknown as IncomingMessage;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

interface Given {
  flags?: string[];
  tokens?: Record<string, TokenReviewStatus | Error>;
  access?: (spec: AccessReviewSpec) => AccessReviewStatus;
}

function setUp({ flags = [], tokens = {}, access = () => ({ allowed: false }) }: Given = {}) {
  const asked = { tokens: [] as string[], access: [] as AccessReviewSpec[] };
  const reviews: Reviews = {
    token: async (token) => {
      asked.tokens.push(token);
      const answer = tokens[token] ?? { authenticated: false, error: 'invalid bearer token' };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    access: async (review) => {
      const { spec } = review as { spec: AccessReviewSpec };
      asked.access.push(spec);
      return { ...review, status: access(spec) };
    },
  };
  const config = loadConfig(AuthConfig, { app: 'kubelet', argv: flags, env: {} });
  const auth = new KubeletAuth(config, reviews, undefined);
  const admit = async (method: string, path: string, headers?: Record<string, string>): Promise<string> => {
    try {
      const segments = path.split('/').filter(Boolean);
      await auth.admit(request(method, headers), { segments, nodeName: 'worker' });
      return 'admitted';
    } catch (error) {
      return `${(error as HttpError).status} ${(error as Error).message}`;
    }
  };
  return { asked, admit };
}

const joe = { authenticated: true, user: { username: 'joe', uid: '7', groups: ['devs'], extra: { k: ['v'] } } };
const allows =
  (subresource: string) =>
  ({ resourceAttributes }: AccessReviewSpec): AccessReviewStatus => ({
    allowed: resourceAttributes?.subresource === subresource,
  });

describe('who may call a kubelet', () => {
  it('is nobody who shows nothing, unless anonymous callers are let in', async () => {
    expect(await setUp().admit('GET', '/healthz')).toBe('401 Unauthorized');
    const open = setUp({ flags: ['--anonymous-auth'], access: allows('healthz') });
    expect(await open.admit('GET', '/healthz')).toBe('admitted');
    expect(open.asked.access[0]).toMatchObject({ user: 'system:anonymous', groups: ['system:unauthenticated'] });
    expect(await open.admit('GET', '/pods')).toBe(
      '403 Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    );
  });

  it('is nobody with a token that nobody knows, or that cannot be reviewed, even where anonymous callers are let in', async () => {
    const { admit } = setUp({
      flags: ['--anonymous-auth', '--authorization-mode=AlwaysAllow'],
      tokens: { broken: new Error('away'), nobody: { authenticated: false } },
    });
    for (const token of ['stranger', 'broken', 'nobody']) {
      expect(await admit('GET', '/pods', bearer(token))).toBe('401 Unauthorized');
    }
    expect(await admit('GET', '/pods')).toBe('admitted');
  });

  it('is asked of the API server with all that is known of the caller, from the fine right to the coarse', async () => {
    const { admit, asked } = setUp({ tokens: { good: joe }, access: allows('proxy') });
    expect(await admit('GET', '/pods', bearer('good'))).toBe('admitted');
    expect(asked.access).toEqual(
      ['pods', 'proxy'].map((subresource) => ({
        resourceAttributes: {
          verb: 'get',
          version: 'v1',
          resource: 'nodes',
          subresource,
          name: 'worker',
        },
        user: 'joe',
        uid: '7',
        groups: ['devs', 'system:authenticated'],
        extra: { k: ['v'] },
      })),
    );
  });

  it('is not asked on where the fine right is there', async () => {
    const { admit, asked } = setUp({ tokens: { good: joe }, access: allows('metrics') });
    expect(await admit('GET', '/metrics/cadvisor', bearer('good'))).toBe('admitted');
    expect(await admit('POST', '/exec/default/web/main', bearer('good'))).toBe(
      '403 Forbidden (user=joe, verb=create, resource=nodes, subresource(s)=[proxy])\n',
    );
    expect(asked.access).toHaveLength(2);
  });

  it('is remembered', async () => {
    const { admit, asked } = setUp({ tokens: { good: joe }, access: allows('metrics') });
    for (let times = 0; times < 3; times++) {
      await admit('GET', '/metrics', bearer('good'));
      await admit('GET', '/stats', bearer('good'));
      await admit('GET', '/stats', bearer('bad'));
    }
    expect(asked.tokens).toEqual(['good', 'bad', 'bad', 'bad']);
    expect(asked.access.map(({ resourceAttributes }) => resourceAttributes?.subresource)).toEqual(['metrics', 'stats']);
  });

  it('is nobody whom the review denies, or of whom it says both, or says nothing', async () => {
    const said = (status: AccessReviewStatus | Error) =>
      setUp({
        tokens: { good: joe },
        access: () => {
          if (status instanceof Error) throw status;
          return status;
        },
      }).admit('GET', '/stats', bearer('good'));
    expect(await said({ allowed: false, denied: true })).toMatch(/^403 /);
    const broken = '500 Authorization error (user=joe, verb=get, resource=nodes, subresource=stats)';
    expect(await said({ allowed: true, denied: true })).toBe(broken);
    expect(await said(new Error('away'))).toBe(broken);
  });

  it('may be told by a token among the protocols of a WebSocket, which goes no further', async () => {
    const hidden = `base64url.bearer.authorization.k8s.io.${Buffer.from('good').toString('base64url')}`;
    const headers = { upgrade: 'websocket', 'sec-websocket-protocol': `${hidden}, v5.channel.k8s.io` };
    const { admit } = setUp({ tokens: { good: joe }, access: allows('proxy') });
    expect(await admit('GET', '/exec/default/web/main', headers)).toBe('admitted');
    expect(headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
  });

  it('is not asked about tokens where the webhook is off', async () => {
    const { admit, asked } = setUp({ flags: ['--no-authentication-token-webhook'], tokens: { good: joe } });
    expect(await admit('GET', '/pods', bearer('good'))).toBe('401 Unauthorized');
    expect(asked.tokens).toEqual([]);
  });
});

describe('the options of who may call a kubelet', () => {
  const load = (...argv: string[]) => loadConfig(AuthConfig, { app: 'kubelet', argv, env: {} });

  it('deny by default', () => {
    expect(load()).toMatchObject({
      anonymousAuth: false,
      authenticationTokenWebhook: true,
      authenticationTokenWebhookCacheTtl: '2m0s',
      authorizationMode: 'Webhook',
      authorizationWebhookCacheAuthorizedTtl: '5m0s',
      authorizationWebhookCacheUnauthorizedTtl: '30s',
    });
  });

  it.each([
    ['--authorization-mode=RBAC', '--authorization-mode: must be one of the following values: AlwaysAllow, Webhook'],
    [
      '--authentication-token-webhook-cache-ttl=120',
      '--authentication-token-webhook-cache-ttl: must be a duration such as 2m0s',
    ],
    [
      '--authorization-webhook-cache-authorized-ttl=-1s',
      '--authorization-webhook-cache-authorized-ttl: must be a duration such as 2m0s',
    ],
  ])('refuse %s', (flag, problem) => {
    expect(() => load(flag)).toThrow(problem);
  });
});
