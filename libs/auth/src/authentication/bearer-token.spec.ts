import fc from 'fast-check';
import { bearerToken, protocolToken } from './bearer-token';

const prefix = 'base64url.bearer.authorization.k8s.io.';
const encode = (text: string): string => Buffer.from(text).toString('base64url');

describe('bearerToken', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['Bearer  two-spaces', undefined],
    ['Basic YTpi', undefined],
    ['Bearer abc', 'abc'],
    ['  bearer abc  ', 'abc'],
    ['BEARER abc def', 'abc'],
    ['Bearerabc', undefined],
  ])('reads %j as %j', (header, token) => expect(bearerToken(header)).toBe(token));
});

describe('protocolToken', () => {
  it.each<[string | undefined, unknown]>([
    [undefined, undefined],
    ['v5.channel.k8s.io', undefined],
    [`${prefix}${encode('t')}, v5.channel.k8s.io`, { token: 't', protocols: 'v5.channel.k8s.io' }],
    [`a, ${prefix}${encode('t')} ,b`, { token: 't', protocols: 'a,b' }],
    [`${prefix}${encode('t')}`, 'missing additional subprotocol'],
    [`${prefix}, a`, undefined],
    [`${prefix}a+b, a`, 'invalid base64.bearer.authorization token encoding'],
    [`${prefix}${Buffer.from([0xff]).toString('base64url')}, a`, 'invalid base64.bearer.authorization token'],
    [`${prefix}${encode('t')}, ${prefix}${encode('u')}, a`, 'multiple base64.bearer.authorization tokens specified'],
  ])('reads %j as %j', (header, found) => expect(protocolToken(header)).toEqual(found));

  it('gives back any token', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (token) => {
        expect(protocolToken(`${prefix}${encode(token)}, a`)).toEqual({ token, protocols: 'a' });
      }),
    );
  });
});
