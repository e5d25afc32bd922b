import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import { isDns1123Subdomain, isPortNumber } from '../../meta/names';

export interface WebhookService {
  readonly name?: string;
  readonly namespace?: string;
  readonly path?: string;
  readonly port?: number;
}

export interface WebhookClientConfig {
  readonly url?: string;
  readonly service?: WebhookService;
  readonly caBundle?: string;
}

const form = '; desired format: https://host[/path]';
/** RFC 3986, appendix B, with the authority in two. */
const parts = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/i;

export function validateWebhookClient({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [field.required(path, 'exactly one of url or service is required')];
  }
  return url !== undefined ? validateUrl(url, `${path}.url`) : validateService(service ?? {}, `${path}.service`);
}

/** webhook.ValidateWebhookURL. */
function validateUrl(url: string, path: string): FieldError[] {
  const [, scheme = '', user, host = '', query = '', fragment = ''] = parts.exec(url) ?? [];
  const errors: FieldError[] = [];
  if (scheme !== 'https') {
    errors.push(field.invalid(path, scheme, `'https' is the only allowed URL scheme${form}`));
  }
  if (host === '') errors.push(field.invalid(path, host, `host must be provided${form}`));
  if (user !== undefined) errors.push(field.invalid(path, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(field.invalid(path, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(field.invalid(path, query, 'query parameters are not permitted in the URL'));
  return errors;
}

/** webhook.ValidateWebhookService. */
function validateService(
  { name, namespace, path: route = '', port = 443 }: WebhookService,
  path: string,
): FieldError[] {
  const portProblems = isPortNumber(port);
  return [
    ...(name ? [] : [field.required(`${path}.name`, 'service name is required')]),
    ...(namespace ? [] : [field.required(`${path}.namespace`, 'service namespace is required')]),
    ...(portProblems.length > 0
      ? [field.invalid(`${path}.port`, port, `port is not valid: ${portProblems.join(', ')}`)]
      : []),
    ...routeProblems(route).map((problem) => field.invalid(`${path}.path`, route, problem)),
  ];
}

function routeProblems(route: string): string[] {
  if (route === '' || route === '/') return [];
  if (route === '//') return ['segment[0] may not be empty'];
  const problems = route.startsWith('/') ? [] : ["must start with a '/'"];
  const steps = route.slice(1).replace(/\/$/, '').split('/');
  return [
    ...problems,
    ...steps.flatMap((step, index) =>
      step === ''
        ? [`segment[${index}] may not be empty`]
        : isDns1123Subdomain(step).map((problem) => `segment[${index}]: ${problem}`),
    ),
  ];
}
