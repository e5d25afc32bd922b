import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { internalError, Status } from '@nestor/api';
import type { AuditedRequest, Auditor, AuditRecord, AuditUser } from '@nestor/audit';
import { microTime } from '@nestor/audit';
import type { UserInfo } from '@nestor/auth';
import type { Exchange } from '../http/exchange';
import type { RequestInfo } from '../http/request-info';

const longSubresources: ReadonlySet<string> = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);
const maxUserAgent = 1024;
const nobody = { name: '', groups: [] };

/** Watches and streams, whose end may be hours away (kube-apiserver's long-running check). */
export const isLongRunning = ({ verb, subresource }: RequestInfo): boolean =>
  verb === 'watch' || verb === 'proxy' || longSubresources.has(subresource);

/** Opens the record of a request whose caller is known, and lets it follow the answer. */
export async function auditRequest(auditor: Auditor, exchange: Exchange): Promise<void> {
  const record = auditor.open({ user: exchange.user, ...exchange.info }, () => describe(exchange, exchange.user));
  if (!record) return;
  if (!(await record.received())) throw internalError('failed to store audit event');
  exchange.audit = record;
  followAnswer(exchange, record);
}

/** A request that proved no identity: its one event tells of the refusal (WithFailedAuthenticationAudit). */
export function auditUnauthenticated(auditor: Auditor, exchange: Exchange, refusal: Status): void {
  const record = auditor.open({ user: nobody, ...exchange.info }, () => describe(exchange, nobody));
  record?.refused({ ...refusal, message: attempted(exchange.request) });
}

export const auditUser = ({ name, uid, groups, extra }: UserInfo): AuditUser => ({
  username: name || undefined,
  uid: uid || undefined,
  groups: groups.length > 0 ? groups : undefined,
  extra,
});

function describe({ request, info, auditID, receivedAt }: Exchange, user: UserInfo): AuditedRequest {
  return {
    auditID,
    requestURI: request.url ?? '/',
    verb: info.verb,
    user: auditUser(user),
    sourceIPs: sourceAddresses(request),
    userAgent: userAgent(request),
    objectRef: info.isResource ? referenceOf(info) : undefined,
    requestReceivedTimestamp: microTime(new Date(receivedAt)),
    isLongRunning: isLongRunning(info),
  };
}

function referenceOf({
  resource,
  namespace,
  name,
  group,
  version,
  subresource,
}: RequestInfo): AuditedRequest['objectRef'] {
  return {
    resource,
    namespace: namespace || undefined,
    name: name || undefined,
    apiGroup: group || undefined,
    apiVersion: version,
    subresource: subresource || undefined,
  };
}

function followAnswer({ response, upgrade }: Exchange, record: AuditRecord): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => unknown;
  response.writeHead = ((code: number, ...rest: unknown[]) => {
    record.started(code);
    return writeHead(code, ...rest);
  }) as typeof response.writeHead;
  const end = (): void => record.complete(response.headersSent ? response.statusCode : undefined);
  if (upgrade) upgrade.socket.once('close', end);
  else response.once('close', end);
}

/** The client, then the proxies it came through (net.SourceIPs): forwarded headers first, the connection last. */
function sourceAddresses({ headers, socket }: IncomingMessage): string[] {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const claimed = [...forwarded, String(headers['x-real-ip'] ?? '')].map((text) => text.trim());
  const addresses = claimed.filter((text) => isIP(text) !== 0);
  const remote = socket.remoteAddress?.replace(/^::ffff:/, '');
  return [...new Set(remote ? [...addresses, remote] : addresses)];
}

function userAgent({ headers }: IncomingMessage): string {
  const given = headers['user-agent'] ?? '';
  return given.length > maxUserAgent ? `${given.slice(0, maxUserAgent)}...TRUNCATED` : given;
}

function attempted({ headers, socket }: IncomingMessage): string {
  const methods: string[] = [];
  const authorization = headers.authorization?.trim() ?? '';
  if (/^basic\s/i.test(authorization)) methods.push('basic');
  if (/^bearer\s/i.test(authorization)) methods.push('bearer');
  const certificate = (socket as TLSSocket).getPeerCertificate?.();
  if (certificate && Object.keys(certificate).length > 0) methods.push('x509');
  if (methods.length === 0) return 'Authentication failed, no credentials provided';
  return `Authentication failed, attempted: ${methods.join(', ')}`;
}
