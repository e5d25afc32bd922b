import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';

/**
 * TLS options by which a server proves another name than the one it is dialled by (Go's tls.Config.ServerName). An
 * address is proved as names are, but never sent: RFC 6066 has no place for it, and Node refuses to.
 */
export function serverNameOptions(
  name: string | undefined,
): Pick<ConnectionOptions, 'servername' | 'checkServerIdentity'> {
  if (!name) return {};
  if (isIP(name) === 0) return { servername: name };
  return { servername: '', checkServerIdentity: (_dialled, certificate) => checkServerIdentity(name, certificate) };
}
