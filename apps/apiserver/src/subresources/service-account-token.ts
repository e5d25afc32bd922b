import { badRequest, conflict, field, invalid, notFound, Pod } from '@nestor/api';
import type { BoundObject, ServiceAccountTokenIssuer } from '@nestor/auth';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { admitBody } from '../storage/admit-body';
import { currentObject, missing } from '../storage/cached-reads';
import { part, readValue, text } from '../storage/read-value';
import type { StorageContext } from '../storage/storage-context';
import { writeOptions } from '../storage/write-options';
import { writeRequest } from '../storage/write-request';

const tokenRequest = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' };
const hour = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;
const boundKinds: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };

interface Dependencies {
  storage: StorageContext;
  issuer: ServiceAccountTokenIssuer;
}

interface Bound {
  object: BoundObject;
  node?: { name: string; uid: string };
}

/** TokenRequest: a token for a service account, good for a while and as long as what it is bound to. */
export async function issueToken(
  { storage, issuer }: Dependencies,
  served: ServedResource,
  exchange: Exchange,
): Promise<void> {
  const { namespace, name } = exchange.info;
  const body = await readValue(exchange, 'TokenRequest');
  const account = await currentObject(storage, served.key, namespace, name);
  if (!account) throw missing(served, name);
  const request = writeRequest(served, exchange, writeOptions(exchange, 'CreateOptions'));
  const object = { ...tokenRequest, ...body, metadata: part(body, 'metadata') };
  await admitBody(storage, request, 'CREATE', {
    object,
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  });
  const metadata = part(object, 'metadata');
  checkPlace({ namespace, name }, metadata);
  checkUid(name, text(metadata, 'uid'), account.uid);
  const spec = part(object, 'spec');
  const expirationSeconds = secondsOf(name, spec['expirationSeconds']);
  const bound = await boundObject(storage, { namespace, account: name, reference: part(spec, 'boundObjectRef') });
  const given = Array.isArray(spec['audiences']) ? (spec['audiences'] as string[]) : [];
  const audiences = given.length > 0 ? given : [issuer.issuer];
  const { token, expires } = issuer.issue({
    namespace,
    name,
    uid: account.uid,
    audiences,
    expirationSeconds,
    ...(bound ? { bound: bound.object, node: bound.node } : {}),
  });
  sendObject(exchange, 201, {
    ...tokenRequest,
    metadata: { name, namespace, creationTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z') },
    spec: { audiences, expirationSeconds, boundObjectRef: spec['boundObjectRef'] ?? null },
    status: { token, expirationTimestamp: expires.toISOString().replace(/\.\d+Z/, 'Z') },
  });
}

const refuse = (name: string, path: string, [value, why]: [unknown, string]): Error =>
  invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, [field.invalid(path, value, why)]);

/** What the request says of itself is of the account it is sent to. */
function checkPlace({ namespace, name }: { namespace: string; name: string }, metadata: Record<string, unknown>): void {
  const said = { namespace: text(metadata, 'namespace') || namespace, name: text(metadata, 'name') || name };
  if (said.namespace !== namespace) {
    const why = 'must match the service account namespace if specified';
    throw refuse(name, 'metadata.namespace', [said.namespace, why]);
  }
  if (said.name !== name) {
    throw refuse(name, 'metadata.name', [said.name, 'must match the service account name if specified']);
  }
}

function checkUid(name: string, said: string, uid: string): void {
  if (said === '' || said === uid) return;
  const why = `the UID in the token request (${said}) does not match the UID of the service account (${uid})`;
  throw conflict({ group: 'authentication.k8s.io', resource: 'TokenRequest' }, name, why);
}

function secondsOf(name: string, asked: unknown): number {
  const seconds = typeof asked === 'number' ? asked : hour;
  const path = 'spec.expirationSeconds';
  if (seconds < minSeconds) throw refuse(name, path, [seconds, 'may not specify a duration less than 10 minutes']);
  if (seconds > maxSeconds) throw refuse(name, path, [seconds, 'may not specify a duration larger than 2^32 seconds']);
  return seconds;
}

async function boundObject(
  storage: StorageContext,
  { namespace, account, reference }: { namespace: string; account: string; reference: Record<string, unknown> },
): Promise<Bound | undefined> {
  const kind = text(reference, 'kind');
  if (kind === '') return undefined;
  const [group, version] = groupVersionOf(text(reference, 'apiVersion'));
  const resource = group === '' ? boundKinds[kind] : undefined;
  if (!resource) throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  const name = text(reference, 'name');
  const found = await currentObject(storage, resource, kind === 'Node' ? '' : namespace, name);
  if (!found) throw notFound({ group: '', resource }, name);
  const uid = text(reference, 'uid');
  if (uid !== '' && uid !== found.uid) {
    throw conflict(
      { group: '', resource: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const object: BoundObject = { kind: kind as BoundObject['kind'], name, uid: found.uid };
  if (kind !== 'Pod') return { object };
  const { spec } = found.object() as Pod;
  if (spec?.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  const node = spec.nodeName ? await currentObject(storage, 'nodes', '', spec.nodeName) : undefined;
  return { object, ...(spec.nodeName ? { node: { name: spec.nodeName, uid: node?.uid ?? '' } } : {}) };
}

function groupVersionOf(apiVersion: string): [string, string] {
  const [group, version] = apiVersion.split('/', 2) as [string, string?];
  return version === undefined ? ['', group] : [group, version];
}
