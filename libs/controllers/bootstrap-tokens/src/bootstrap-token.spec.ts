import type { Secret } from '@nestor/api';
import { detachedSignature } from '@nestor/pki';
import { remainingLifeMs, signedData } from './bootstrap-token';

const now = Date.parse('2026-01-01T00:00:00Z');
const encode = (text: string): string => Buffer.from(text).toString('base64');
function token(change: Record<string, string> = {}, type = 'bootstrap.kubernetes.io/token'): Secret {
  const data = { 'token-id': 'abcdef', 'token-secret': 'secret', 'usage-bootstrap-signing': 'true', ...change };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    type,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)])),
  };
}
const expired = { expiration: '2025-12-31T23:59:59Z' };

describe('bootstrap tokens', () => {
  it.each<[string, Secret, number | undefined]>([
    ['lives for ever', token(), undefined],
    ['has a minute', token({ expiration: '2026-01-01T00:01:00Z' }), 60_000],
    ['is over', token(expired), 0],
    ['ends at a time that is none', token({ expiration: 'soon' }), 0],
    ['is no token', token(expired, 'Opaque'), undefined],
  ])('one that %s', (_, secret, left) => expect(remainingLifeMs(secret, now)).toBe(left));

  const signature = detachedSignature('content', { id: 'abcdef', secret: 'secret' });
  it('sign what cluster-info says', () => {
    expect(signature).toMatch(/^eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9\.\.[\w-]{43}$/);
    const data = { kubeconfig: 'content', 'jws-kubeconfig-gone00': 'x' };
    const signed = { kubeconfig: 'content', 'jws-kubeconfig-abcdef': signature };
    expect(signedData(data, [token()], now)).toEqual(signed);
    expect(signedData(signed, [token()], now)).toBeUndefined();
  });
  it.each<[string, Secret]>([
    ['are over', token(expired)],
    ['are for something else', token({ 'usage-bootstrap-signing': 'false' })],
    ['have another name', token({ 'token-id': 'other0' })],
  ])('do not sign when they %s', (_, secret) =>
    expect(signedData({ kubeconfig: 'content' }, [secret], now)).toBeUndefined(),
  );
});
