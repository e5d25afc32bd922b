import { field, type FieldError } from '@nestor/api';
import { certificatesIn } from '../authentication/certificates/certificate-authorities';
import type { JwtIssuer } from './authentication-configuration';

/** validateIssuer of k8s.io/apiserver. */
export function issuerErrors(issuer: JwtIssuer, at: string, disallowed: readonly string[]): FieldError[] {
  const { url, discoveryURL } = issuer;
  return [
    ...(url === '' ? [field.required(`${at}.url`)] : urlErrors(url, `${at}.url`, disallowed)),
    ...(discoveryURL ? discoveryErrors(discoveryURL, url, `${at}.discoveryURL`) : []),
    ...audienceErrors(issuer, at),
    ...authorityErrors(issuer, `${at}.certificateAuthority`),
    ...egressErrors(issuer, `${at}.egressSelectorType`),
  ];
}

const withoutSlashes = (url: string): string => url.replace(/\/+$/, '');

function discoveryErrors(discovery: string, url: string, at: string): FieldError[] {
  const isSame = url !== '' && withoutSlashes(url) === withoutSlashes(discovery);
  return [
    ...(isSame ? [field.invalid(at, discovery, 'discoveryURL must be different from URL')] : []),
    ...urlErrors(discovery, at, []),
  ];
}

function urlErrors(text: string, at: string, disallowed: readonly string[]): FieldError[] {
  const known = [...disallowed].sort().join(' ');
  const wrong = disallowed.includes(text) ? [`URL must not overlap with disallowed issuers: [${known}]`] : [];
  return [...wrong, ...urlFaults(text)].map((why) => field.invalid(at, text, why));
}

function urlFaults(text: string): string[] {
  if (!URL.canParse(text)) {
    const hasScheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text);
    return [hasScheme ? `parse ${JSON.stringify(text)}: invalid URL` : 'URL scheme must be https'];
  }
  const { protocol, search, hash } = new URL(text);
  const hasUser = /^[^:]*:\/\/[^/?#]*@/.test(text);
  return [
    ...(protocol === 'https:' ? [] : ['URL scheme must be https']),
    ...(hasUser ? ['URL must not contain a username or password'] : []),
    ...(search === '' ? [] : ['URL must not contain a query']),
    ...(hash === '' ? [] : ['URL must not contain a fragment']),
  ];
}

function audienceErrors({ audiences, audienceMatchPolicy: policy = '' }: JwtIssuer, at: string): FieldError[] {
  const path = `${at}.audiences`;
  if (audiences.length === 0) return [field.required(path, `at least one ${path} is required`)];
  const errors = audiences.flatMap((audience, index) => [
    ...(audience === '' ? [field.required(`${path}[${index}]`)] : []),
    ...(audiences.indexOf(audience) < index ? [field.duplicate(`${path}[${index}]`, audience)] : []),
  ]);
  const why = policyFault(audiences.length, policy);
  return why ? [...errors, field.invalid(`${at}.audienceMatchPolicy`, policy, why)] : errors;
}

function policyFault(audiences: number, policy: string): string | undefined {
  if (policy === 'MatchAny') return undefined;
  if (audiences > 1) return 'audienceMatchPolicy must be MatchAny for multiple audiences';
  return policy === '' ? undefined : 'audienceMatchPolicy must be empty or MatchAny for single audience';
}

function authorityErrors({ certificateAuthority: pem = '' }: JwtIssuer, at: string): FieldError[] {
  if (pem === '') return [];
  const refused = (why: string): FieldError[] => [field.invalid(at, '<omitted>', why)];
  try {
    if (certificatesIn(pem).length > 0) return [];
    return refused('data does not contain any valid RSA or ECDSA certificates');
  } catch (error) {
    return refused((error as Error).message);
  }
}

/** Upstream takes both where it has a file of egress selectors, and there is none here. */
function egressErrors({ egressSelectorType: type = '' }: JwtIssuer, at: string): FieldError[] {
  if (type === '') return [];
  if (type !== 'controlplane' && type !== 'cluster') {
    return [field.invalid(at, type, 'egress selector must be either controlplane or cluster')];
  }
  return [field.forbidden(at, 'this server has no egress selectors')];
}
