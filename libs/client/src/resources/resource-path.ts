import type { ListOptions, ResourceRef } from '../contracts';

/** /api/v1/namespaces/x/pods/name/status and its siblings. */
export function resourcePath(
  ref: ResourceRef,
  at: { namespace?: string; name?: string; subresource?: string } = {},
): string {
  const root = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  const namespace = ref.namespaced && at.namespace ? `/namespaces/${encodeURIComponent(at.namespace)}` : '';
  const name = at.name ? `/${encodeURIComponent(at.name)}` : '';
  const subresource = at.subresource ? `/${at.subresource}` : '';
  return `${root}${namespace}/${ref.plural}${name}${subresource}`;
}

export function queryString(parameters: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `?${text}` : '';
}

export function listQuery(options: ListOptions): string {
  const { labelSelector, fieldSelector, resourceVersion, limit, continue: token } = options;
  return queryString({ labelSelector, fieldSelector, resourceVersion, limit, continue: token });
}

/** "deployments.apps", also used as the name of an informer in logs and metrics. */
export function refName(ref: ResourceRef): string {
  return ref.group === '' ? ref.plural : `${ref.plural}.${ref.group}`;
}

export function apiVersionOf(ref: ResourceRef): string {
  return ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
}
