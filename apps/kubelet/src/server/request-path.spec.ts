import { requestPath } from './request-path';

describe('the target of a request', () => {
  it.each([
    ['/pods', ['pods']],
    ['/', []],
    ['//exec/a', ['exec', 'a']],
    ['/stats/summary?x=/exec', ['stats', 'summary']],
    ['/metrics/../exec/a', ['exec', 'a']],
    ['/metrics/%2e%2e/exec/a', ['exec', 'a']],
    ['/metrics%2f..%2fexec', ['metrics/../exec']],
    ['/%65xec/a', ['exec', 'a']],
  ])('%s has the parts %j', (target, segments) => {
    expect(requestPath(target).segments).toEqual(segments);
  });

  it.each([
    ['/logs', false],
    ['/logs/', true],
    ['/logs/a/..', true],
    ['/logs/a?x=/', false],
  ])('%s ends in a slash: %j', (target, endsInSlash) => {
    expect(requestPath(target).endsInSlash).toBe(endsInSlash);
  });

  it.each(['https://kubelet/pods', '*', 'kubelet:443', '/%zz'])('%s is none', (target) => {
    expect(() => requestPath(target)).toThrow('400 Bad Request');
  });
});
