import type { Attributes, UserInfo } from '@nestor/auth';

const verbs: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** By the first part of the path; each may be allowed by itself. Everything else is nodes/proxy, the right to all. */
const subresources: ReadonlyMap<string, readonly string[]> = new Map([
  ['pods', ['pods', 'proxy']],
  ['runningpods', ['pods', 'proxy']],
  ['healthz', ['healthz', 'proxy']],
  ['configz', ['configz', 'proxy']],
  ['stats', ['stats']],
  ['metrics', ['metrics']],
  ['logs', ['log']],
  ['checkpoint', ['checkpoint']],
  ['statusz', ['statusz']],
  ['flagz', ['configz']],
]);
const everythingElse = ['proxy'];

export interface AskedOfNode {
  user: UserInfo;
  method: string;
  segments: readonly string[];
  nodeName: string;
}

/** What a request to a kubelet is to the API, from the finest right that allows it to the coarsest (pkg/kubelet/server/auth.go). */
export function requestAttributes({ user, method, segments, nodeName }: AskedOfNode): Attributes[] {
  const common = {
    user,
    verb: verbs.get(method) ?? '',
    resource: 'nodes',
    apiGroup: '',
    apiVersion: 'v1',
    namespace: '',
    name: nodeName,
    path: `/${segments.join('/')}`,
  };
  const wanted = subresources.get(segments[0] ?? '') ?? everythingElse;
  return wanted.map((subresource) => ({ ...common, subresource }));
}
