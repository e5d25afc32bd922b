import { AnswerError } from '@nestor/api';
import type { ReviewVersion } from '../../webhook/review-version';
import { WebhookTokenAuthenticator } from './webhook-token-authenticator';

describe('WebhookTokenAuthenticator', () => {
  const sent: object[] = [];
  const pauses: number[] = [];
  beforeEach(() => void (sent.length = pauses.length = 0));

  const asking = (answer: () => unknown, version: ReviewVersion = 'v1') =>
    new WebhookTokenAuthenticator({
      version,
      audiences: ['api', 'api.test'],
      post: async (body) => {
        sent.push(body);
        return Promise.resolve(answer());
      },
      pause: async (ms) => Promise.resolve(void pauses.push(ms)),
    });
  const ask = (status: unknown, wanted = ['api'], version: ReviewVersion = 'v1') =>
    asking(
      () => ({ kind: 'TokenReview', apiVersion: `authentication.k8s.io/${version}`, status }),
      version,
    ).authenticate('t', wanted);
  const jane = { username: 'jane', uid: '1', groups: ['dev'], extra: { 'acme.com/a': ['b'] } };

  it.each<ReviewVersion>(['v1', 'v1beta1'])('asks in %s and believes what it says', async (version) => {
    expect(await ask({ authenticated: true, user: jane, audiences: ['api'] }, ['api', 'vault'], version)).toEqual({
      kind: 'user',
      user: { name: 'jane', uid: '1', groups: ['dev', 'system:authenticated'], extra: { 'acme.com/a': ['b'] } },
      audiences: ['api'],
    });
    expect(sent).toEqual([
      {
        kind: 'TokenReview',
        apiVersion: `authentication.k8s.io/${version}`,
        metadata: {},
        spec: { token: 't', audiences: ['api', 'vault'] },
        status: { user: {} },
      },
    ]);
  });

  it.each<[string, object, string[], object]>([
    [
      'for this API where it does not say',
      { authenticated: true, user: jane },
      ['vault', 'api.test'],
      { audiences: ['api.test'] },
    ],
    ['for others only', { authenticated: true, user: jane, audiences: ['vault'] }, ['api'], { kind: 'none' }],
    ['for nobody who asks', { authenticated: true, user: jane }, ['vault'], { kind: 'none' }],
    ['of nobody', { authenticated: false }, ['api'], { kind: 'none' }],
    ['of nobody, and why', { authenticated: false, error: 'gone' }, ['api'], { kind: 'rejected', reason: 'gone' }],
    ['of somebody without a name', { authenticated: true }, ['api'], { kind: 'rejected' }],
  ])('takes a token %s', async (_what, status, wanted, result) => {
    expect(await ask(status, wanted)).toMatchObject(result);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'yes'],
    ['another kind', { kind: 'SubjectAccessReview' }],
    ['another version', { apiVersion: 'authentication.k8s.io/v1beta1' }],
    ['a status that is none', { status: [] }],
    ['no truth', { status: { authenticated: 'true', user: jane } }],
    ['a name that is none', { status: { authenticated: true, user: { username: { a: 1 } } } }],
    ['groups that are none', { status: { authenticated: true, user: { ...jane, groups: [1] } } }],
    ['an extra that is none', { status: { authenticated: true, user: { ...jane, extra: { a: 'b' } } } }],
  ])('does not believe %s', async (_what, answer) => {
    await expect(asking(() => answer).authenticate('t', ['api'])).rejects.toThrow(/^the answer is no TokenReview/);
    expect(sent).toHaveLength(1);
  });

  it('asks again after what may pass, and gives up', async () => {
    const failing = asking(() => {
      throw new AnswerError(500, 'oops');
    });
    await expect(failing.authenticate('t', ['api'])).rejects.toThrow('oops');
    expect([sent.length, pauses.length]).toEqual([5, 4]);
    const refusing = asking(() => {
      throw new AnswerError(403, 'no');
    });
    await expect(refusing.authenticate('t', ['api'])).rejects.toThrow('no');
    expect(sent).toHaveLength(6);
  });
});
