import type { Attributes } from './attributes';

const quote = (text: string): string => JSON.stringify(text);

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** For text that a browser may come to show and that is the caller's in part. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>]/g, (character) => escapes[character] ?? character);

/** What follows "is forbidden: ", with the reason of the decision (responsewriters.Forbidden). */
export function forbiddenMessage(attributes: Attributes, reason = ''): string {
  const text = escapeHtml(refusal(attributes));
  return reason === '' ? text : `${text}: ${reason}`;
}

function refusal(attributes: Attributes): string {
  const user = `User ${quote(attributes.user.name)}`;
  if (attributes.resource === '') return `${user} cannot ${attributes.verb} path ${quote(attributes.path)}`;
  const resource = attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : attributes.resource;
  const what = `${user} cannot ${attributes.verb} resource ${quote(resource)} in API group ${quote(attributes.apiGroup)}`;
  return attributes.namespace
    ? `${what} in the namespace ${quote(attributes.namespace)}`
    : `${what} at the cluster scope`;
}
