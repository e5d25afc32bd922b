import { BootstrapTokenAuthenticator, type BootstrapSecret } from './bootstrap-token';

const token = 'abcdef.0123456789abcdef';
const now = Date.parse('2026-01-01T00:00:00Z');
const secret = (data: Record<string, string> = {}, more: Partial<BootstrapSecret> = {}): BootstrapSecret => ({
  type: 'bootstrap.kubernetes.io/token',
  metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
  data: Object.fromEntries(
    Object.entries({
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      ...data,
    }).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
  ...more,
});

describe('bootstrap tokens', () => {
  const onMismatch = jest.fn();
  const ask = (of: BootstrapSecret | undefined, shown = token) =>
    new BootstrapTokenAuthenticator({
      secret: (name) => Promise.resolve(name === 'bootstrap-token-abcdef' ? of : undefined),
      onMismatch,
      now: () => now,
    }).authenticate(shown);
  beforeEach(() => onMismatch.mockReset());

  it('are those who join', async () => {
    expect(await ask(secret())).toEqual({
      kind: 'user',
      user: { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:authenticated'] },
    });
  });

  it('may be in further groups', async () => {
    const groups = 'system:bootstrappers:b,system:bootstrappers:kubeadm:default-node-token';
    expect(await ask(secret({ 'auth-extra-groups': groups, expiration: '2026-01-01T00:00:01Z' }))).toMatchObject({
      user: {
        groups: [
          'system:bootstrappers',
          'system:bootstrappers:b',
          'system:bootstrappers:kubeadm:default-node-token',
          'system:authenticated',
        ],
      },
    });
  });

  it.each<[string, BootstrapSecret, RegExp]>([
    ['being deleted', secret({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), /awaiting removal/],
    ['of another type', secret({}, { type: 'Opaque' }), /invalid type/],
    ['without data', secret({}, { data: undefined }), /invalid type/],
    ['with another key', secret({ 'token-secret': '0123456789abcdeX' }), /token-secret/],
    ['with another, shorter key', secret({ 'token-secret': '' }), /token-secret/],
    ['with another id', secret({ 'token-id': 'abcdeg' }), /token-id/],
    ['that has ended', secret({ expiration: '2025-12-31T23:59:59Z' }), /has expired/],
    ['with an end that is none', secret({ expiration: 'tomorrow' }), /has expired/],
    ['for signing only', secret({ 'usage-bootstrap-authentication': 'false' }), /usage-bootstrap-authentication/],
    ['for masters', secret({ 'auth-extra-groups': 'system:masters' }), /"system:masters" is invalid/],
    ['for a group too many', secret({ 'auth-extra-groups': 'system:bootstrappers:a,' }), /"" is invalid/],
  ])('in a Secret %s are nobody', async (_, of, why) => {
    expect(await ask(of)).toEqual({ kind: 'none' });
    expect(onMismatch).toHaveBeenCalledWith(of, expect.stringMatching(why));
  });

  it.each(['', 'abcdef', 'abcdef.0123456789abcde', 'ABCDEF.0123456789abcdef', `${token}\n`, ` ${token}`, `${token}0`])(
    '%j is none',
    async (shown) => {
      expect(await ask(secret(), shown)).toEqual({ kind: 'none' });
      expect(onMismatch).not.toHaveBeenCalled();
    },
  );
});
