import { AnonymousAuthenticator } from './anonymous';
import { authenticateToken, forApiServer, type AuthenticationResult } from './authenticator';

const user = { name: 'jane', groups: [] };
const answering = (answer: AuthenticationResult | Error) => ({
  authenticate: () => {
    if (answer instanceof Error) throw answer;
    return answer;
  },
});
const ask = (...answers: (AuthenticationResult | Error)[]) => authenticateToken(answers.map(answering), 't', ['api']);

describe('several token authenticators', () => {
  it('are asked until one knows the token, whatever those before said', async () => {
    const found = await ask({ kind: 'none' }, { kind: 'rejected', reason: 'a' }, new Error('b'), {
      kind: 'user',
      user,
    });
    expect(found).toEqual({ kind: 'user', user });
  });

  it('reject it together, each with its own reason', async () => {
    expect(await ask({ kind: 'none' })).toEqual({ kind: 'none' });
    expect(await ask({ kind: 'rejected', reason: 'a' }, { kind: 'none' })).toEqual({ kind: 'rejected', reason: 'a' });
    expect(await ask({ kind: 'rejected', reason: 'a' }, new Error('b'))).toEqual({
      kind: 'rejected',
      reason: '[a, b]',
    });
  });

  it('that know no audiences are for the API server', async () => {
    const authenticator = forApiServer(answering({ kind: 'user', user }), ['api', 'https://api']);
    expect(await authenticator.authenticate('t', ['https://api', 'vault'])).toEqual({
      kind: 'user',
      user,
      audiences: ['https://api'],
    });
    expect(await authenticator.authenticate('t', ['vault'])).toEqual({ kind: 'none' });
  });
});

describe('AnonymousAuthenticator', () => {
  it.each<[object, string, string]>([
    [{ enabled: true }, '/api', 'user'],
    [{ enabled: false }, '/livez', 'none'],
    [{ enabled: true, conditions: [{ path: '/livez' }] }, '/livez', 'user'],
    [{ enabled: true, conditions: [{ path: '/livez' }] }, '/livez/', 'none'],
    [{ enabled: true, conditions: [{ path: '/livez' }] }, '/api', 'none'],
  ])('with %j answers %s with %s', (settings, path, kind) => {
    expect(new AnonymousAuthenticator(settings as { enabled: boolean }).authenticate(path).kind).toBe(kind);
  });
});
