import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from '@nestor/api';
import {
  type AnonymousAuthenticator,
  type AuthenticatedUser,
  type AuthenticationResult,
  authenticateToken,
  bearerToken,
  type ClientCertificateAuthenticator,
  invalidBearerToken,
  PeerCertificates,
  protocolToken,
  type RequestHeaderAuthenticator,
} from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import type { TokenAuthentication } from './token-authenticators';
import { certificateExpiration, countUser, observeAuthentication } from './authentication-metrics';

const log = createLogger('authentication');

export interface RequestAuthenticators extends TokenAuthentication {
  /** Where front proxies may speak for others. */
  frontProxies?: RequestHeaderAuthenticator;
  certificates: ClientCertificateAuthenticator;
  anonymous: AnonymousAuthenticator;
}

/**
 * Finds out who sends a request, in upstream's order: a front proxy's word, a client certificate, a bearer token, one
 * among the protocols of a WebSocket. The first that proves somebody counts; where none does, anything that was shown in
 * vain refuses the request, and only who showed nothing may be anonymous.
 */
export class RequestAuthentication {
  private readonly peers = new PeerCertificates();

  constructor(private readonly by: RequestAuthenticators) {}

  /** At once for certificates: only tokens are worth a turn of the event loop. Throws 401. */
  authenticate(request: IncomingMessage, path: string): AuthenticatedUser | Promise<AuthenticatedUser> {
    const started = performance.now();
    const reasons: string[] = [];
    const proven = this.byConnection(request, reasons);
    if (proven) return finish(proven, started);
    const token = this.tokenOf(request, reasons);
    if (token === undefined) return finish(this.withoutToken(path, reasons), started);
    return this.byToken(request, token, reasons).then((result) => finish(result, started));
  }

  private byConnection(request: IncomingMessage, reasons: string[]): AuthenticatedUser | undefined {
    const peer = this.peers.of(connectionOf(request));
    if (!peer) return undefined;
    const { frontProxies, certificates } = this.by;
    const proxied = frontProxies?.authenticate(peer, request.rawHeaders);
    if (proxied?.kind === 'user') return withoutOwn(request, frontProxies, proxied);
    noteReason(proxied, reasons);
    // A time that cannot be read is no time, and the certificate is refused for it.
    if (!Number.isNaN(peer.endsAt)) certificateExpiration.observe((peer.endsAt - Date.now()) / 1000);
    const result = certificates.authenticate(peer);
    if (result.kind === 'user') return result;
    noteReason(result, reasons);
    return undefined;
  }

  private tokenOf({ headers }: IncomingMessage, reasons: string[]): string | undefined {
    const bearer = bearerToken(headers.authorization);
    if (bearer !== undefined) return bearer;
    if (headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
    const found = protocolToken(headers['sec-websocket-protocol']);
    if (typeof found === 'string') reasons.push(found);
    return typeof found === 'object' ? found.token : undefined;
  }

  private async byToken(request: IncomingMessage, token: string, reasons: string[]): Promise<AuthenticationResult> {
    const { tokens, audiences } = this.by;
    const result = await authenticateToken(tokens, token, audiences);
    if (result.kind === 'user') {
      withoutToken(request);
      return result;
    }
    noteReason(result.kind === 'none' ? { kind: 'rejected', reason: invalidBearerToken } : result, reasons);
    return { kind: 'rejected', reason: reasons.join(', ') };
  }

  private withoutToken(path: string, reasons: readonly string[]): AuthenticationResult {
    if (reasons.length > 0) return { kind: 'rejected', reason: reasons.join(', ') };
    return this.by.anonymous.authenticate(path);
  }
}

/** The connection, the same object for all its requests: those of HTTP/2 each have a stand-in of their own. */
function connectionOf(request: IncomingMessage | Http2ServerRequest): TLSSocket {
  const session = 'stream' in request ? request.stream.session : undefined;
  return (session?.socket ?? request.socket) as TLSSocket;
}

function finish(result: AuthenticationResult, started: number): AuthenticatedUser {
  const took = performance.now() - started;
  if (result.kind === 'user') {
    countUser(result.user.name);
    observeAuthentication('success', took);
    return result;
  }
  observeAuthentication(result.kind === 'rejected' ? 'error' : 'failure', took);
  if (result.kind === 'rejected') log.info({ reason: result.reason }, 'unable to authenticate the request');
  throw unauthorized();
}

function noteReason(result: AuthenticationResult | undefined, reasons: string[]): void {
  if (result?.kind === 'rejected') reasons.push(result.reason);
}

/** Nobody further on is to see, or believe, what a proxy said. */
function withoutOwn(
  { headers }: IncomingMessage,
  proxies: RequestHeaderAuthenticator | undefined,
  result: AuthenticatedUser,
): AuthenticatedUser {
  for (const name of Object.keys(headers)) if (proxies?.isOwn(name)) delete headers[name];
  return result;
}

/** A token that has done its work goes no further: the request may be passed on to another server. */
function withoutToken({ headers }: IncomingMessage): void {
  delete headers.authorization;
  const found = protocolToken(headers['sec-websocket-protocol']);
  if (typeof found === 'object') headers['sec-websocket-protocol'] = found.protocols;
}
