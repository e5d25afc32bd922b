import type { AccessQuestion } from '@nestor/testing';

type Request = [method: string, path: string, body?: object, headers?: Record<string, string | string[]>];

export function subjectAccessReview({ user, groups, path, verb, ...resource }: AccessQuestion): Request {
  const asked =
    path === undefined ? { resourceAttributes: { verb, ...resource } } : { nonResourceAttributes: { verb, path } };
  const spec = { user, groups, ...asked };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  return ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', body];
}

/** Whether there is a request that is this question. */
export function isRequest({ path, verb, name, subresource }: AccessQuestion): boolean {
  if (path !== undefined) return true;
  if (verb === 'get' || verb === 'delete') return name !== '';
  // No collection is of a part, and what is deleted with others has no name.
  return subresource === '' && (verb === 'list' || name === '');
}

/** The question as a request of an administrator who acts as the one that it is about. */
export function impersonated(question: AccessQuestion): Request {
  const { user, groups, verb } = question;
  const method = verb.startsWith('delete') ? 'DELETE' : verb === 'post' ? 'POST' : 'GET';
  const headers = { 'impersonate-user': user, 'impersonate-group': groups };
  return [method, question.path ?? resourcePath(question), undefined, headers];
}

function resourcePath({ group, resource, subresource, namespace, name, verb }: AccessQuestion): string {
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const collection = `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resource}`;
  if (verb === 'get' || verb === 'delete') return `${collection}/${name}${subresource === '' ? '' : `/${subresource}`}`;
  // A list of what has one name is about that name.
  return name === '' ? collection : `${collection}?fieldSelector=metadata.name%3D${name}`;
}
