import { requestAttributes } from './request-attributes';

const user = { name: 'joe', groups: [] };
const of = (method: string, path: string) =>
  requestAttributes({ user, method, segments: path.split('/').filter(Boolean), nodeName: 'worker' });

describe('what a request to a kubelet is to the API', () => {
  it.each([
    ['/', ['proxy']],
    ['/exec/default/web/main', ['proxy']],
    ['/attach/default/web/main', ['proxy']],
    ['/portForward/default/web', ['proxy']],
    ['/run/default/web/main', ['proxy']],
    ['/containerLogs/default/web/main', ['proxy']],
    ['/debug/pprof/heap', ['proxy']],
    ['/stats', ['stats']],
    ['/stats/summary', ['stats']],
    ['/statsx', ['proxy']],
    ['/metrics', ['metrics']],
    ['/metrics/cadvisor', ['metrics']],
    ['/metricsx', ['proxy']],
    ['/logs/', ['log']],
    ['/logs/messages', ['log']],
    ['/checkpoint/default/web/main', ['checkpoint']],
    ['/pods', ['pods', 'proxy']],
    ['/pods/', ['pods', 'proxy']],
    ['/podsx', ['proxy']],
    ['/runningpods/', ['pods', 'proxy']],
    ['/healthz', ['healthz', 'proxy']],
    ['/healthz/syncloop', ['healthz', 'proxy']],
    ['/configz', ['configz', 'proxy']],
    ['/statusz', ['statusz']],
    ['/flagz', ['configz']],
    ['/constructor', ['proxy']],
  ])('%s is %j', (path, subresources) => {
    expect(of('GET', path).map(({ subresource }) => subresource)).toEqual(subresources);
  });

  it.each([
    ['POST', 'create'],
    ['GET', 'get'],
    ['PUT', 'update'],
    ['PATCH', 'patch'],
    ['DELETE', 'delete'],
    ['HEAD', ''],
    ['OPTIONS', ''],
  ])('%s is the verb %j', (method, verb) => {
    expect(of(method, '/pods').map((attributes) => attributes.verb)).toEqual([verb, verb]);
  });

  it('names the node', () => {
    expect(of('GET', '/metrics')).toEqual([
      {
        user,
        verb: 'get',
        apiGroup: '',
        apiVersion: 'v1',
        resource: 'nodes',
        subresource: 'metrics',
        namespace: '',
        name: 'worker',
        path: '/metrics',
      },
    ]);
  });
});
