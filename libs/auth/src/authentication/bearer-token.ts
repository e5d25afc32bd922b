/**
 * The token of an Authorization header, undefined when it is no bearer header or has no token (request/bearertoken).
 * What is split is as upstream splits it: at single spaces.
 */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme, token] = header.trim().split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.';

export interface ProtocolToken {
  token: string;
  /** What is left of the header: the protocols that the client really means. */
  protocols: string;
}

/**
 * The token that a WebSocket client hides among its subprotocols, as browsers cannot set headers (request/websocket).
 * A text says what is wrong with it.
 */
export function protocolToken(header: string | undefined): ProtocolToken | string | undefined {
  if (!header?.includes(protocolPrefix)) return undefined;
  const offered = header.split(',').map((protocol) => protocol.trim());
  const tokens = offered.filter((protocol) => protocol.startsWith(protocolPrefix));
  const protocols = offered.filter((protocol) => !protocol.startsWith(protocolPrefix));
  if (tokens.length === 0) return undefined;
  if (tokens.length > 1) return 'multiple base64.bearer.authorization tokens specified';
  const encoded = tokens[0]!.slice(protocolPrefix.length);
  if (!/^[A-Za-z0-9_-]*$/.test(encoded)) return 'invalid base64.bearer.authorization token encoding';
  const token = decodeUtf8(Buffer.from(encoded, 'base64url'));
  if (token === undefined) return 'invalid base64.bearer.authorization token';
  if (token === '') return undefined;
  if (protocols.length === 0) return 'missing additional subprotocol';
  return { token, protocols: protocols.join(',') };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
