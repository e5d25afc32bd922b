import { AnswerError } from '@nestor/api';
import type { Attributes } from '../attributes';
import { accessReviewSpec, type AccessReviewSpec } from './access-review';
import type { ReviewVersion } from '../../webhook/review-version';
import { askWebhook } from './ask-webhook';
import { WebhookAuthorizer, WebhookFailure, type WebhookAuthorizerSettings } from './webhook-authorizer';

const ask = (what: Partial<Attributes> = {}): Attributes => ({
  user: { name: 'joe', uid: '7', groups: ['ops'], extra: { scopes: ['x'] } },
  verb: 'list',
  resource: 'pods',
  apiGroup: '',
  apiVersion: 'v1',
  subresource: '',
  namespace: 'dev',
  name: '',
  path: '',
  ...what,
});

function authorizer(
  answer: (spec: AccessReviewSpec) => { allowed: boolean; denied?: boolean; reason?: string },
  more: Partial<WebhookAuthorizerSettings> = {},
) {
  const asked: AccessReviewSpec[] = [];
  const clock = { now: 0 };
  const made = new WebhookAuthorizer({
    name: 'w',
    ask: async (spec) => {
      asked.push(spec);
      return answer(spec);
    },
    authorizedTtlMs: 300_000,
    unauthorizedTtlMs: 30_000,
    onFailure: 'noOpinion',
    now: () => clock.now,
    ...more,
  });
  return { made, asked, clock };
}

describe('the question to a webhook', () => {
  it('has what there is to say of a request, in Kubernetes order', () => {
    expect(JSON.stringify(accessReviewSpec(ask()))).toBe(
      '{"resourceAttributes":{"namespace":"dev","verb":"list","version":"v1","resource":"pods"},"user":"joe","groups":["ops"],"extra":{"scopes":["x"]},"uid":"7"}',
    );
    expect(
      accessReviewSpec(ask({ resource: '', path: '/metrics', verb: 'get', user: { name: 'a', groups: [] } })),
    ).toEqual({
      nonResourceAttributes: { path: '/metrics', verb: 'get' },
      user: 'a',
    });
  });

  it('has selectors as requirements, and leaves out what reviews cannot say', () => {
    const { resourceAttributes } = accessReviewSpec(
      ask({
        fieldRequirements: () => [
          { field: 'spec.nodeName', operator: '=', value: 'n' },
          { field: 'status.phase', operator: '!=', value: 'Failed' },
        ],
        labelRequirements: () => [
          { key: 'app', operator: '==', values: ['a'] },
          { key: 'tier', operator: 'notin', values: ['x', 'y'] },
          { key: 'new', operator: 'exists', values: [] },
          { key: 'old', operator: '!', values: [] },
          { key: 'size', operator: 'gt', values: ['3'] },
        ],
      }),
    );
    expect(resourceAttributes?.fieldSelector).toEqual({
      requirements: [
        { key: 'spec.nodeName', operator: 'In', values: ['n'] },
        { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
      ],
    });
    expect(resourceAttributes?.labelSelector).toEqual({
      requirements: [
        { key: 'app', operator: 'In', values: ['a'] },
        { key: 'tier', operator: 'NotIn', values: ['x', 'y'] },
        { key: 'new', operator: 'Exists' },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    });
  });
});

describe('WebhookAuthorizer', () => {
  it.each([
    [
      { allowed: true, reason: 'r' },
      { decision: 'allow', reason: 'r' },
    ],
    [
      { allowed: false, denied: true },
      { decision: 'deny', reason: '' },
    ],
    [
      { allowed: false, reason: 'no' },
      { decision: 'noOpinion', reason: 'no' },
    ],
    [
      { allowed: true, denied: true },
      {
        decision: 'deny',
        reason: '',
        error: new Error('webhook subject access review returned both allow and deny response'),
      },
    ],
  ] as const)('takes %j for a decision', async (status, decision) => {
    expect(await authorizer(() => status).made.authorize(ask())).toEqual(decision);
  });

  it('remembers what it was told, each as long as it may, and then answers at once', async () => {
    const { made, asked, clock } = authorizer(({ user }) => ({ allowed: user === 'joe' }));
    const ann = ask({ user: { name: 'ann', groups: [] } });
    await made.authorize(ask());
    await made.authorize(ann);
    expect([made.authorize(ask()), made.authorize(ann)]).toMatchObject([
      { decision: 'allow' },
      { decision: 'noOpinion' },
    ]);
    expect(asked).toHaveLength(2);
    clock.now = 30_000;
    expect(made.authorize(ask())).not.toBeInstanceOf(Promise);
    await made.authorize(ann);
    expect(asked).toHaveLength(3);
    clock.now = 300_000;
    await made.authorize(ask());
    expect(asked).toHaveLength(4);
  });

  it('asks once for equal questions at the same time', async () => {
    const { made, asked } = authorizer(() => ({ allowed: true }));
    const both = await Promise.all([made.authorize(ask()), made.authorize(ask()), made.authorize(ask({ name: 'a' }))]);
    expect(both.map(({ decision }) => decision)).toEqual(['allow', 'allow', 'allow']);
    expect(asked).toHaveLength(2);
  });

  it('asks each time where nothing is to be remembered, or the question is too long', async () => {
    const off = authorizer(() => ({ allowed: true }), { authorizedTtlMs: 0, unauthorizedTtlMs: 0 });
    await Promise.all([off.made.authorize(ask()), off.made.authorize(ask())]);
    await off.made.authorize(ask());
    expect(off.asked).toHaveLength(3);
    const long = authorizer(() => ({ allowed: true }));
    const question = ask({ name: 'n'.repeat(10_000) });
    await long.made.authorize(question);
    await long.made.authorize(question);
    expect(long.asked).toHaveLength(2);
  });

  it('forgets what was asked longest ago when there is too much', async () => {
    const { made, asked } = authorizer(() => ({ allowed: true }));
    for (let index = 0; index < 8193; index++) await made.authorize(ask({ name: `n${index}` }));
    expect(made.authorize(ask({ name: 'n8192' }))).not.toBeInstanceOf(Promise);
    expect(made.authorize(ask({ name: 'n1' }))).not.toBeInstanceOf(Promise);
    await made.authorize(ask({ name: 'n0' }));
    expect(asked).toHaveLength(8194);
  });

  it.each(['noOpinion', 'deny'] as const)('is of %s where the webhook fails, and asks again', async (onFailure) => {
    const failure = new WebhookFailure('gone', 'error');
    const { made, asked } = authorizer(
      () => {
        throw failure;
      },
      { onFailure },
    );
    expect(await made.authorize(ask())).toEqual({ decision: onFailure, reason: '', error: failure });
    await made.authorize(ask());
    expect(asked).toHaveLength(2);
  });

  it('is not asked what its conditions leave out, and fails where they cannot tell', async () => {
    const without = authorizer(() => ({ allowed: true }), { matches: ({ user }) => user === 'ann' });
    expect(without.made.authorize(ask())).toEqual({ decision: 'noOpinion', reason: '' });
    expect(without.asked).toEqual([]);
    const error = new Error('no such key');
    const broken = authorizer(() => ({ allowed: true }), {
      onFailure: 'deny',
      matches: () => {
        throw error;
      },
    });
    expect(broken.made.authorize(ask())).toEqual({ decision: 'deny', reason: '', error });
  });

  it('lists no rules', () => {
    expect(authorizer(() => ({ allowed: true })).made.rulesFor()).toEqual({
      rules: [],
      incomplete: true,
      error: 'webhook authorizer does not support user rule resolution',
    });
  });
});

describe('askWebhook', () => {
  const spec = accessReviewSpec(ask());
  const asking = (post: () => unknown, version: ReviewVersion = 'v1') => {
    const [sent, pauses]: [object[], number[]] = [[], []];
    const asked = askWebhook({
      name: 'w',
      version,
      post: async (body) => {
        sent.push(body);
        return post();
      },
      pause: async (ms) => pauses.push(ms),
    })(spec);
    return { asked, sent, pauses };
  };
  const reset = (): Error => new Error('x', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
  const fails = (...errors: Error[]) => {
    const left = [...errors];
    return (): unknown => {
      const next = left.shift();
      if (next) throw next;
      return { status: { allowed: true } };
    };
  };

  it('speaks both versions', async () => {
    const v1 = asking(() => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      status: { allowed: true },
    }));
    expect(await v1.asked).toEqual({ allowed: true, denied: false, reason: '' });
    expect(v1.sent).toEqual([
      {
        kind: 'SubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        metadata: {},
        spec,
        status: { allowed: false },
      },
    ]);
    const old = asking(() => ({ status: { denied: true } }), 'v1beta1');
    expect(await old.asked).toMatchObject({ allowed: false, denied: true });
    expect(old.sent).toMatchObject([{ apiVersion: 'authorization.k8s.io/v1beta1', spec: { group: ['ops'] } }]);
    expect(JSON.stringify(old.sent)).not.toContain('groups');
  });

  it('tries again, later and later, what may pass', async () => {
    const { asked, pauses } = asking(fails(new AnswerError(500, 'a'), reset(), new AnswerError(503, 'b', 7)));
    expect(await asked).toMatchObject({ allowed: true });
    expect(pauses[0]).toBeGreaterThanOrEqual(500);
    expect(pauses[0]).toBeLessThanOrEqual(600);
    expect(pauses[1]).toBeGreaterThanOrEqual(750);
    expect(pauses[1]).toBeLessThanOrEqual(900);
    expect(pauses[2]).toBe(7000);
  });

  it('gives up after five tries', async () => {
    const { asked, sent } = asking(fails(...Array.from({ length: 9 }, () => new AnswerError(504, 'slow'))));
    await expect(asked).rejects.toMatchObject({ message: 'slow', result: 'timeout' });
    expect(sent).toHaveLength(5);
  });

  it.each<[string, () => unknown, string]>([
    ['a refusal', fails(new AnswerError(403, 'no')), 'error'],
    ['a busy server that does not say when', fails(new AnswerError(503, 'busy')), 'error'],
    ['no answer in time', fails(new Error('x', { cause: new DOMException('late', 'TimeoutError') })), 'timeout'],
    ['another version', () => ({ apiVersion: 'authorization.k8s.io/v1beta1', status: { allowed: true } }), 'error'],
    ['another kind', () => ({ kind: 'TokenReview', status: { allowed: true } }), 'error'],
    ['nonsense', () => ({ status: { allowed: 'yes' } }), 'error'],
  ])('does not try again after %s', async (_what, post, result) => {
    const { asked, sent } = asking(post);
    await expect(asked).rejects.toMatchObject({ result });
    expect(sent).toHaveLength(1);
  });
});
