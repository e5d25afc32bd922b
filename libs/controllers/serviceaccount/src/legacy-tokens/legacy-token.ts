import type { DeepReadonly, Secret, ServiceAccount } from '@nestor/api';

export const tokenType = 'kubernetes.io/service-account-token';
/** Of all Secrets, controllers of tokens hold these alone. */
export const tokenSecrets = { fieldSelector: `type=${tokenType}` };

const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

type ReadSecret = DeepReadonly<Secret>;
type ReadAccount = DeepReadonly<ServiceAccount>;

/** Whose token a Secret says that it is; the uid may be absent before it has one. */
export function ownerOf({ metadata }: ReadSecret): { name: string; uid: string } {
  const { annotations = {} } = metadata;
  return { name: annotations[nameAnnotation] ?? '', uid: annotations[uidAnnotation] ?? '' };
}

/** A new account of the same name does not get the old one's tokens. */
export function belongsTo(secret: ReadSecret, { metadata }: ReadAccount): boolean {
  const { name, uid } = ownerOf(secret);
  return name === metadata.name && (uid === '' || uid === metadata.uid);
}

export const refersTo = ({ secrets }: ReadAccount, name: string | undefined): boolean =>
  (secrets ?? []).some((reference) => reference.name === name);

export interface TokenSource {
  rootCa: string;
  issue(): string;
}

const encode = (value: string): string => Buffer.from(value).toString('base64');

/** The Secret with what it lacks; undefined when it has everything. */
export function completed(
  secret: ReadSecret,
  account: ReadAccount,
  { rootCa, issue }: TokenSource,
): Secret | undefined {
  const { data = {}, metadata } = secret;
  const lacking: Record<string, string> = {
    ...(rootCa && data['ca.crt'] !== encode(rootCa) ? { 'ca.crt': encode(rootCa) } : {}),
    ...(data['namespace'] ? {} : { namespace: encode(metadata.namespace ?? '') }),
    ...(data['token'] ? {} : { token: encode(issue()) }),
  };
  if (Object.keys(lacking).length === 0) return undefined;
  const annotations = {
    ...metadata.annotations,
    [nameAnnotation]: account.metadata.name ?? '',
    [uidAnnotation]: account.metadata.uid ?? '',
  };
  const copy = structuredClone(secret) as Secret;
  return { ...copy, metadata: { ...copy.metadata, annotations }, data: { ...copy.data, ...lacking } };
}
