import type { BusTrust } from './bus-trust';

export interface NatsServerSettings {
  host?: string;
  port: number;
  /** Paths as the server sees them. */
  tls: { certificateFile: string; keyFile: string };
  trust: BusTrust;
  /** A folder for the newest claims of the accounts, so that what was revoked stays so when the server is started anew. */
  claimsDirectory: string;
}

/** The suites of TLS 1.2 with forward secrecy and authenticated encryption; those of 1.3 are all of that kind. */
const cipherSuites = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
];

/** The configuration of a nats-server that admits users of the cluster's account and nobody else. */
export function natsServerConfig(settings: NatsServerSettings): string {
  const { host = '127.0.0.1', port, tls, trust, claimsDirectory } = settings;
  return [
    `host: ${quoted(host)}`,
    `port: ${port}`,
    // A watch event may be as large as an object may be, and a header.
    'max_payload: 8MB',
    'max_pending: 256MB',
    // A user's token names every subject it may hear, and comes in one line.
    'max_control_line: 256KB',
    // A subscriber that stands still for this long is cut off; it heals its gap over HTTP.
    'write_deadline: "10s"',
    'tls {',
    `  cert_file: ${quoted(tls.certificateFile)}`,
    `  key_file: ${quoted(tls.keyFile)}`,
    `  cipher_suites: [${cipherSuites.map(quoted).join(', ')}]`,
    '  timeout: 5',
    '}',
    `operator: ${trust.operatorToken}`,
    `system_account: ${trust.systemAccount}`,
    `resolver: { type: full, dir: ${quoted(claimsDirectory)}, allow_delete: false, interval: "2m" }`,
    'resolver_preload: {',
    ...Object.entries(trust.accountTokens).map(([account, token]) => `  ${account}: ${token}`),
    '}',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
