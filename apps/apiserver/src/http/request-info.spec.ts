import { parseRequestInfo } from './request-info';

const parse = (method: string, url: string): ReturnType<typeof parseRequestInfo> => {
  const [path = '', query = ''] = url.split('?');
  return parseRequestInfo(method, path, new URLSearchParams(query));
};

describe('parseRequestInfo', () => {
  it.each([
    ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', namespace: '' }],
    ['GET', '/api/v1/namespaces/ns/pods/p', { verb: 'get', resource: 'pods', namespace: 'ns', name: 'p' }],
    ['GET', '/api/v1/namespaces/ns/pods/p/log', { verb: 'get', subresource: 'log', name: 'p' }],
    ['POST', '/apis/apps/v1/namespaces/ns/deployments', { verb: 'create', group: 'apps', version: 'v1' }],
    ['DELETE', '/apis/apps/v1/namespaces/ns/deployments', { verb: 'deletecollection' }],
    ['DELETE', '/apis/apps/v1/namespaces/ns/deployments/d', { verb: 'delete' }],
    [
      'PUT',
      '/api/v1/namespaces/ns/status',
      { verb: 'update', resource: 'namespaces', name: 'ns', subresource: 'status' },
    ],
    ['PUT', '/api/v1/namespaces/ns/finalize', { resource: 'namespaces', subresource: 'finalize', namespace: 'ns' }],
    ['GET', '/api/v1/namespaces/ns', { verb: 'get', resource: 'namespaces', name: 'ns', namespace: 'ns' }],
    ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', namespace: '' }],
    ['GET', '/api/v1/pods?watch=true', { verb: 'watch' }],
    ['GET', '/api/v1/pods?watch=0', { verb: 'list' }],
    ['GET', '/api/v1/watch/namespaces/ns/pods', { verb: 'watch', resource: 'pods', namespace: 'ns' }],
    ['GET', '/api/v1/watch/namespaces', { verb: 'watch', resource: 'namespaces', namespace: '', name: '' }],
    ['GET', '/api/v1/watch/namespaces/ns', { verb: 'watch', resource: 'namespaces', name: 'ns' }],
    [
      'GET',
      '/api/v1/namespaces?watch=1&fieldSelector=metadata.name%3Dns',
      { verb: 'watch', name: 'ns', namespace: '' },
    ],
    ['GET', '/api/v1/namespaces/ns/pods/p?watch=1', { verb: 'get', name: 'p' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx', { verb: 'list', name: 'x' }],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn,metadata.name%3D%3Dx', { verb: 'list', name: 'x' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Dx', { name: '', fieldSelector: 'metadata.name!=x' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Da%2Fb', { verb: 'list', name: '' }],
    ['GET', '/api/v1/pods?labelSelector=a', { fieldSelector: '', labelSelector: 'a' }],
    ['GET', '/api/v1/watch/pods?fieldSelector=metadata.name%3Dx', { name: '', fieldSelector: '' }],
    ['GET', '/api/v1/namespaces/ns/pods/p?fieldSelector=metadata.name%3Dx', { name: 'p', fieldSelector: '' }],
    [
      'DELETE',
      '/api/v1/pods?fieldSelector=metadata.name%3Dx',
      { verb: 'deletecollection', name: '', fieldSelector: 'metadata.name=x' },
    ],
    ['PATCH', '/api/v1/nodes/n%2Fx', { verb: 'patch', name: 'n/x' }],
    ['GET', '/api/v1/nodes/n/proxy/metrics/cadvisor', { subresource: 'proxy', rest: '/metrics/cadvisor' }],
    ['GET', '/apis/apps/v1', { isResource: false, verb: 'get' }],
    ['GET', '/healthz', { isResource: false, path: '/healthz' }],
  ])('%s %s', (method, url, expected) => expect(parse(method, url)).toMatchObject(expected));
});
