import {
  authenticationGroup,
  badRequest,
  conflict,
  field,
  forbidden,
  invalid,
  tokenRequestDefinition,
  validateTokenRequest,
  type TokenRequest,
} from '@nestor/api';
import { nodeNameOf, type UserInfo } from '@nestor/auth';
import { rfc3339 } from '@nestor/formats';
import type { ServiceAccountTokens } from '../../authentication/service-account-tokens';
import type { Exchange } from '../../http/exchange';
import { negotiate } from '../../http/media-type';
import { sendObject } from '../../http/respond';
import { serve, type ServedResource } from '../../registry/served-resource';
import { admitUnstored } from '../../reviews/unstored-object';
import { newestObject, missing } from '../../storage/cached-reads';
import { readObject } from '../../storage/decode';
import type { StorageContext } from '../../storage/storage-context';
import { writeOptions } from '../../storage/write-options';
import { writeRequest } from '../../storage/write-request';
import { boundObject, type Bound } from './bound-object';

const defaultSeconds = 3600;
/** What admission asks for in the volume that every pod gets: such tokens may outlive their time (safe rollout). */
const injectedSeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;
const kind = { group: authenticationGroup, version: 'v1', kind: 'TokenRequest' };

type Spec = NonNullable<TokenRequest['spec']> & { expirationSeconds: number };

interface Dependencies {
  storage: StorageContext;
  accountTokens: ServiceAccountTokens;
}

/** TokenRequest: a token for a service account, good for a while and as long as what it is bound to. */
export async function issueToken(
  { storage, accountTokens }: Dependencies,
  served: ServedResource,
  exchange: Exchange,
): Promise<void> {
  const { namespace, name } = exchange.info;
  const accepted = negotiate(exchange.request.headers.accept);
  const { request, spec, validate } = await readTokenRequest(storage, served, exchange);
  const { metadata } = request;
  checkName(name, metadata.name);
  const account = await newestObject(storage, served.key, namespace, name);
  if (!account) throw missing(served, name);
  checkUid(name, metadata.uid, account.uid);
  const audiences = spec.audiences?.length ? spec.audiences : [...accountTokens.audiences];
  spec.audiences = audiences;
  const now = new Date();
  Object.assign(metadata, { name, namespace, uid: account.uid, creationTimestamp: rfc3339(now) });
  const errors = validateTokenRequest(request);
  if (errors.length > 0) throw invalid(kind, '', errors);
  await validate();
  const { boundObjectRef: reference } = spec;
  const bound = reference ? await boundObject(storage, { namespace, account: name, reference }) : undefined;
  checkNode(exchange.user, bound, name);
  const { token, credentialId } = accountTokens.issuer.issue(
    {
      namespace,
      name,
      uid: account.uid,
      audiences,
      ...lifetime(accountTokens, exchange, spec, bound),
      ...(bound ? { bound: bound.object, node: bound.node } : {}),
    },
    now,
  );
  exchange.audit?.annotate('authentication.kubernetes.io/issued-credential-id', credentialId);
  const expirationTimestamp = rfc3339(now.getTime() + spec.expirationSeconds * 1000);
  const answer = {
    ...request,
    spec: { ...spec, boundObjectRef: reference ?? null },
    status: { token, expirationTimestamp },
  };
  sendObject(exchange, 201, answer, accepted);
}

/** Decoded, of this namespace, with its defaults, noted who sent it, and changed by admission. */
async function readTokenRequest(
  storage: StorageContext,
  accounts: ServedResource,
  exchange: Exchange,
): Promise<{ request: TokenRequest; spec: Spec; validate: () => Promise<void> }> {
  const options = writeOptions(exchange, 'CreateOptions');
  const served = serve(tokenRequestDefinition);
  const request = (await readObject(served, exchange, options.fieldValidation)) as TokenRequest;
  const { metadata } = request;
  const { namespace } = exchange.info;
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = namespace;
  const spec = Object.assign((request.spec ??= {}), {
    expirationSeconds: request.spec?.expirationSeconds ?? defaultSeconds,
  });
  const write = writeRequest(accounts, exchange, options);
  const { validate } = await admitUnstored(storage, write, { object: request, schema: served.schema, kind });
  return { request, spec, validate };
}

function checkName(name: string, said = ''): void {
  if (said === '' || said === name) return;
  const why = 'must match the service account name if specified';
  throw invalid(kind, name, [field.invalid('metadata.name', said, why)]);
}

function checkUid(name: string, said: string | undefined, uid: string): void {
  if (!said || said === uid) return;
  const why = `the UID in the token request (${said}) does not match the UID of the service account (${uid})`;
  throw conflict({ group: authenticationGroup, resource: 'TokenRequest' }, name, why);
}

/** What is asked for, shortened where there is a limit; what pods get unasked lives on, so that old clients go on. */
function lifetime(
  { maxSeconds, extendsExpiration, audiences: own }: ServiceAccountTokens,
  { warnings }: Exchange,
  spec: Spec,
  bound: Bound | undefined,
): { expirationSeconds: number; warnAfterSeconds?: number } {
  const { expirationSeconds: asked, audiences = [] } = spec;
  if (maxSeconds !== undefined && asked > maxSeconds) {
    warnings.add(`requested expiration of ${asked} seconds shortened to ${maxSeconds} seconds`);
    spec.expirationSeconds = maxSeconds;
  }
  const { expirationSeconds } = spec;
  const isInjected = bound?.object.kind === 'Pod' && expirationSeconds === injectedSeconds;
  if (!extendsExpiration || !isInjected || !audiences.every((audience) => own.includes(audience))) {
    return { expirationSeconds };
  }
  return { expirationSeconds: extendedSeconds, warnAfterSeconds: expirationSeconds };
}

/** A kubelet gets tokens only for pods on its own node (node authorizer and NodeRestriction). */
function checkNode(user: UserInfo, bound: Bound | undefined, name: string): void {
  const own = nodeNameOf(user);
  if (own === undefined) return;
  if (bound?.object.kind === 'Pod' && bound.node?.name === own) return;
  throw forbidden(
    { group: '', resource: 'serviceaccounts/token' },
    name,
    `node requested token not bound to a pod scheduled on this node`,
  );
}
