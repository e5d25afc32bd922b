import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import {
  authenticateToken,
  bearerToken,
  invalidBearerToken,
  PeerCertificates,
  protocolToken,
  type AnonymousAuthenticator,
  type AuthenticationResult,
  type ClientCertificateAuthenticator,
  type TokenAuthenticator,
} from '@nestor/auth';

export interface CallerAuthenticators {
  certificates?: ClientCertificateAuthenticator;
  tokens?: TokenAuthenticator;
  anonymous: AnonymousAuthenticator;
}

/**
 * Who calls, in the order of upstream's delegating authenticator: client certificate, bearer token, one among the
 * protocols of a WebSocket. Only who showed nothing in vain may be anonymous.
 */
export class CallerAuthentication {
  private readonly peers = new PeerCertificates();

  constructor(private readonly by: CallerAuthenticators) {}

  async authenticate(request: IncomingMessage, path: string): Promise<AuthenticationResult> {
    const byCertificate = this.byCertificate(request);
    if (byCertificate.kind === 'user') return byCertificate;
    const byToken = await this.byToken(request);
    if (byToken.kind === 'user') return byToken;
    const refused = [byCertificate, byToken].flatMap((result) => (result.kind === 'rejected' ? result.reason : []));
    if (refused.length > 0) return { kind: 'rejected', reason: refused.join(', ') };
    return this.by.anonymous.authenticate(path);
  }

  private byCertificate({ socket }: IncomingMessage): AuthenticationResult {
    const { certificates } = this.by;
    const peer = certificates && this.peers.of(socket as TLSSocket);
    return peer ? certificates.authenticate(peer) : { kind: 'none' };
  }

  private async byToken({ headers }: IncomingMessage): Promise<AuthenticationResult> {
    const { tokens } = this.by;
    if (!tokens) return { kind: 'none' };
    const bearer = bearerToken(headers.authorization);
    const hidden =
      bearer === undefined && headers.upgrade?.toLowerCase() === 'websocket'
        ? protocolToken(headers['sec-websocket-protocol'])
        : undefined;
    if (typeof hidden === 'string') return { kind: 'rejected', reason: hidden };
    const token = bearer ?? hidden?.token;
    if (token === undefined) return { kind: 'none' };
    const result = await authenticateToken([tokens], token, []);
    if (result.kind === 'none') return { kind: 'rejected', reason: invalidBearerToken };
    // The runtime's side of a stream is not to be offered the token as a protocol.
    if (result.kind === 'user' && hidden) headers['sec-websocket-protocol'] = hidden.protocols;
    return result;
  }
}
