import { createVerify, generateKeyPairSync } from 'node:crypto';
import type { Secret, ServiceAccount } from '@nestor/api';
import { belongsTo, completed, refersTo } from './legacy-token';
import { tokenSigner } from './token-signer';

const account: ServiceAccount = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'bot', namespace: 'ns', uid: 'u1' },
  secrets: [{ name: 'old' }],
};
const secret = (annotations: Record<string, string> = {}, data: Record<string, string> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/service-account-token',
  metadata: {
    name: 's',
    namespace: 'ns',
    annotations: { 'kubernetes.io/service-account.name': 'bot', ...annotations },
  },
  data,
});
const source = { rootCa: 'CA', issue: () => 'signed' };
const uid = (of: string) => ({ 'kubernetes.io/service-account.uid': of });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const whole = { 'ca.crt': base64('CA'), namespace: base64('ns'), token: base64('signed') };

describe('tokens in Secrets', () => {
  it('are of one account, by name and uid', () => {
    expect(belongsTo(secret(), account)).toBe(true);
    expect(belongsTo(secret(uid('u1')), account)).toBe(true);
    expect(belongsTo(secret(uid('u0')), account)).toBe(false);
    expect([refersTo(account, 'old'), refersTo(account, 's')]).toEqual([true, false]);
  });

  it('get what they lack and nothing else', () => {
    expect(completed(secret(), account, source)).toMatchObject({ metadata: { annotations: uid('u1') }, data: whole });
    expect(completed(secret({}, { ...whole, 'ca.crt': base64('old'), token: 'x' }), account, source)?.data).toEqual({
      ...whole,
      token: 'x',
    });
    expect(completed(secret({}, whole), account, source)).toBeUndefined();
  });

  it('are signed in the form of old', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sign = tokenSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const [header, claims, signature] = sign(secret(), account).split('.') as [string, string, string];
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'ES256' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': 'ns',
      'kubernetes.io/serviceaccount/secret.name': 's',
      'kubernetes.io/serviceaccount/service-account.name': 'bot',
      'kubernetes.io/serviceaccount/service-account.uid': 'u1',
      sub: 'system:serviceaccount:ns:bot',
    });
    const check = createVerify('sha256').update(`${header}.${claims}`);
    expect(check.verify({ key: publicKey, dsaEncoding: 'ieee-p1363' }, signature, 'base64url')).toBe(true);
  });
});
