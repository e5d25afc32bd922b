import fc from 'fast-check';
import { TokenFileAuthenticator } from './token-file';

const open = (content: string) => new TokenFileAuthenticator(content, '/tokens.csv');
const userOf = (content: string, token: string): unknown => {
  const result = open(content).authenticate(token);
  return result.kind === 'user' ? result.user : result.kind;
};

describe('a token file', () => {
  it.each<[string, string, unknown]>([
    ['t1,jane,u1\n', 't1', { name: 'jane', uid: 'u1', groups: ['system:authenticated'] }],
    ['t1,jane,u1,"dev,ops"\n', 't1', { name: 'jane', uid: 'u1', groups: ['dev', 'ops', 'system:authenticated'] }],
    ['t1,jane,u1,dev\r\n\n"t,2","ja ""n"" e",\n', 't,2', { name: 'ja "n" e', groups: ['system:authenticated'] }],
    ['t1,jane,u1,,more\n', 't1', { name: 'jane', uid: 'u1', groups: ['system:authenticated'] }],
    ['t1,jane,u1', 't2', 'none'],
    ['t1,jane,u1', 'T1', 'none'],
    ['', '', 'none'],
    [',nobody,u1', '', 'none'],
    ['t1,jane,u1\nt1,joe,u2', 't1', { name: 'joe', uid: 'u2', groups: ['system:authenticated'] }],
  ])('%j knows %j as %j', (content, token, user) => expect(userOf(content, token)).toEqual(user));

  it('warns of what is odd', () => {
    expect(open(',a,b\nt,a,b\nt,c,d').warnings).toEqual([
      "empty token has been found in token file '/tokens.csv', record number '1'",
      "duplicate token has been found in token file '/tokens.csv', record number '3'",
    ]);
  });

  it.each<[string, RegExp]>([
    ['t1', /must have at least 3 columns \(token, user name, user uid\), found 1/],
    ['t1,jane', /found 2/],
    ['t1,jane,u1\nt2,ja"ne,u2', /record 2: wrong quotes/],
    ['t1,"jane', /record 1: wrong quotes/],
  ])('%j is refused', (content, message) => expect(() => open(content)).toThrow(message));

  it('knows its own tokens alone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[^",\r\n]{1,20}$/), { minLength: 2 }), ([other, ...tokens]) => {
        const file = open(tokens.map((token, index) => `${token},user${index},`).join('\n'));
        expect(tokens.map((token) => file.authenticate(token).kind)).toEqual(tokens.map(() => 'user'));
        expect(file.authenticate(other!).kind).toBe('none');
      }),
    );
  });
});
