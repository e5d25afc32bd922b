import type { IncomingHttpHeaders } from 'node:http';

/** What is about one connection, and not about the message. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const isHopByHop = (name: string): boolean => hopByHop.has(name);

/**
 * The headers of a request that is sent on to another server, without what the caller proved itself with and without the
 * pseudo headers of HTTP/2, which no request of HTTP/1.1 may have.
 */
export function forwardedHeaders(
  headers: IncomingHttpHeaders,
  stays: (name: string) => boolean = () => true,
): Record<string, string | string[]> {
  const forwarded: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isOurs = name === 'authorization' || name === 'host' || name.startsWith(':') || hopByHop.has(name);
    if (value !== undefined && !isOurs && stays(name)) forwarded[name] = value;
  }
  return forwarded;
}
