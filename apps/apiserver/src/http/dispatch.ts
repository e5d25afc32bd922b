import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, methodNotSupported, serviceUnavailable, unknownPath } from '@nestor/api';
import { AuthenticatedUser, Authorizer, Impersonator, isImpersonationHeader, wantedUser } from '@nestor/auth';
import type { Auditor } from '@nestor/audit';
import { createLogger, isTracing, withSpan } from '@nestor/telemetry';
import { auditRequest, auditUnauthenticated, auditUser } from '../audit/request-audit';
import type { RequestAuthentication } from '../authentication/request-authentication';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { createObject } from '../storage/create';
import { deleteObject } from '../storage/delete';
import { deleteCollection } from '../storage/delete-collection';
import { getObject, objectForms } from '../storage/get';
import { listObjects } from '../storage/list';
import { patchObject } from '../storage/patch';
import type { StorageContext } from '../storage/storage-context';
import { updateObject } from '../storage/update';
import { watchObjects } from '../storage/watch';
import { AuthorizationFailure, authorizeRequest, requestAttributes } from './authorize-request';
import { Exchange, openExchange } from './exchange';
import { negotiate } from './media-type';
import { responseOnSocket } from './upgrade';
import { inFlight, observeRequest } from './request-metrics';
import { sendFailureText, sendPageNotFound, sendStatus, statusOf } from './respond';

/** Answers a subresource or a resource that is not stored. */
export type Handler = (exchange: Exchange, served: ServedResource | undefined) => Promise<void> | void;

export interface Dispatch {
  registry: ResourceRegistry;
  storage: StorageContext;
  authorizer: Authorizer;
  impersonator: Impersonator;
  authentication: RequestAuthentication;
  /** Where requests are written down. */
  auditor?: Auditor;
  /** By resource key and subresource ("pods/binding") or by resource alone where nothing is stored ("tokenreviews.authentication.k8s.io"). */
  handlers: ReadonlyMap<string, Handler>;
  /** Answers for groups and versions that other servers serve. */
  aggregated: (exchange: Exchange) => Promise<void> | undefined;
  /** Discovery, health and the like: the first that knows the path answers. */
  paths: (exchange: Exchange) => Promise<void> | undefined;
}

const log = createLogger('http');
const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const verbs: Readonly<
  Record<string, (context: StorageContext, served: ServedResource, exchange: Exchange) => Promise<void>>
> = {
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  create: createObject,
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
};

/** The one entry of every request: who, what, may they, then the handler. Plain functions; nothing here parses a body. */
export function createDispatcher(dispatch: Dispatch): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const exchange = openExchange(request, response);
    response.setHeader('Audit-Id', exchange.auditID);
    const started = performance.now();
    inFlight.inc();
    response.on('close', () => {
      inFlight.dec();
      observeRequest(exchange, performance.now() - started);
      if (log.isLevelEnabled('debug')) {
        const { verb, path } = exchange.info;
        log.debug({ verb, path, user: exchange.user.name, code: response.statusCode }, 'request');
      }
    });
    void serve(dispatch, exchange).catch((error: unknown) => fail(exchange, error));
  };
}

/** Upgrades (exec, attach, port-forward) take the same way; their handler finds the socket on the exchange. */
export function createUpgradeHandler(
  dispatch: Dispatch,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const exchange: Exchange = {
      ...openExchange(request, responseOnSocket(request, socket)),
      upgrade: { socket, head },
    };
    void serve(dispatch, exchange).catch((error: unknown) => fail(exchange, error));
  };
}

function fail(exchange: Exchange, error: unknown): void {
  const { response } = exchange;
  if (response.destroyed) return;
  const status = statusOf(error);
  if (!(error instanceof ApiError || error instanceof AuthorizationFailure))
    exchange.audit?.panicked(status.message ?? '');
  if ((status.code ?? 500) >= 500)
    log.warn({ error, path: exchange.info.path, verb: exchange.info.verb }, 'request failed');
  if (response.headersSent) response.destroy();
  else if (error instanceof AuthorizationFailure) sendFailureText(exchange, error.message);
  else sendStatus(exchange, status);
}

async function serve(dispatch: Dispatch, exchange: Exchange): Promise<void> {
  const caller = identify(dispatch, exchange);
  const { user, annotations, warnings } = caller instanceof Promise ? await caller : caller;
  exchange.user = user;
  if (dispatch.auditor) await auditRequest(dispatch.auditor, exchange);
  if (warnings) for (const warning of warnings) exchange.warnings.add(warning);
  if (annotations) for (const [key, value] of Object.entries(annotations)) exchange.audit?.annotate(key, value);
  // Looking at the raw names is cheaper than collecting all values, and most requests have none of these.
  if (exchange.request.rawHeaders.some(isImpersonationHeader)) await actAs(dispatch.impersonator, exchange);
  const authorizing = authorizeRequest(dispatch.authorizer, exchange);
  if (authorizing) await authorizing;
  const forwarded = dispatch.aggregated(exchange);
  if (forwarded) {
    await forwarded;
    return;
  }
  if (!exchange.info.isResource) {
    const answered = dispatch.paths(exchange);
    if (answered) await answered;
    else sendPageNotFound(exchange);
    return;
  }
  if (!isTracing() || !writes.has(exchange.info.verb)) {
    await route(dispatch, exchange);
    return;
  }
  const { verb, resource, subresource, namespace, name } = exchange.info;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const parent = exchange.request.headers['traceparent'];
  await withSpan(
    `${verb} ${what}`,
    { parent: Array.isArray(parent) ? parent[0] : parent, attributes: { namespace, name, user: exchange.user.name } },
    () => route(dispatch, exchange),
  );
}

/** The caller. Who proves to be nobody is refused, and that is written down. */
function identify(dispatch: Dispatch, exchange: Exchange): AuthenticatedUser | Promise<AuthenticatedUser> {
  const refuse = (error: unknown): never => {
    if (dispatch.auditor) auditUnauthenticated(dispatch.auditor, exchange, statusOf(error));
    throw error;
  };
  try {
    const caller = dispatch.authentication.authenticate(exchange.request, exchange.info.path);
    return caller instanceof Promise ? caller.catch(refuse) : caller;
  } catch (error) {
    return refuse(error);
  }
}

/** Goes on as the one the caller asks and is allowed to act as. Ignoring that wish would show more than was asked for. */
async function actAs(impersonator: Impersonator, exchange: Exchange): Promise<void> {
  const { headers, rawHeaders } = exchange.request;
  const wanted = wantedUser(rawHeaders);
  if (!wanted) return;
  const { user, constraint } = await impersonator.impersonate(wanted, requestAttributes(exchange));
  // Whoever sees the request after this sees that user's.
  for (const name of Object.keys(headers)) if (isImpersonationHeader(name)) delete headers[name];
  exchange.audit?.actsAs(auditUser(user), constraint);
  exchange.user = user;
}

async function route({ registry, storage, handlers }: Dispatch, exchange: Exchange): Promise<void> {
  const { group, version, resource, subresource, verb } = exchange.info;
  const served = registry.lookup(group, version, resource);
  const key = group === '' ? resource : `${resource}.${group}`;
  const handler =
    handlers.get(subresource === '' ? key : `${key}/${subresource}`) ??
    (subresource && served ? handlers.get(`*/${subresource}`) : undefined);
  if (handler) {
    await handler(exchange, served);
    return;
  }
  if (!served) {
    if (registry.servesBuiltIn(group, version)) throw unknownPath();
    sendPageNotFound(exchange);
    return;
  }
  if (subresource !== '' && !(subresource === 'status' && served.definition.hasStatus)) throw unknownPath();
  const serveVerb = verbs[verb];
  if (!serveVerb || !allowed(exchange, subresource))
    throw methodNotSupported(served.groupResource, exchange.request.method ?? verb);
  if (storage.shutdown.aborted && verb === 'watch') throw serviceUnavailable('the server is shutting down', 1);
  // A write whose answer the client could not read must not happen; reads negotiate as they answer.
  if (writes.has(verb)) negotiate(exchange.request.headers.accept, objectForms);
  if (served.definition.deprecation) exchange.warnings.add(served.definition.deprecation);
  await serveVerb(storage, served, exchange);
}

function allowed({ info: { verb, name } }: Exchange, subresource: string): boolean {
  if (subresource !== '') return verb === 'get' || verb === 'update' || verb === 'patch';
  if (verb === 'create') return name === '';
  if (verb === 'update' || verb === 'patch' || verb === 'delete') return name !== '';
  return true;
}
