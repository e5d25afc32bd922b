import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { HttpError } from './http-error';

const mastersGroup = 'system:masters';

/** The kubelet's API runs commands in containers: only the API server's identity and administrators may call it. */
export function refuseCaller(request: IncomingMessage): void {
  const socket = request.socket as TLSSocket;
  const { subject } = socket.getPeerCertificate();
  if (!socket.authorized || !subject) throw new HttpError(401, 'Unauthorized');
  const organizations = ([] as string[]).concat(subject.O ?? []);
  if (organizations.includes(mastersGroup)) return;
  const user = ([] as string[]).concat(subject.CN ?? [])[0];
  throw new HttpError(403, `Forbidden (user=${user}, verb=${request.method}, resource=nodes, subresource=proxy)`);
}
