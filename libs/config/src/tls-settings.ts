/** Oldest version of TLS a server speaks, by Go's name, as the flags of Kubernetes' components say it. */
export const tlsVersions = ['VersionTLS12', 'VersionTLS13'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** IANA's name to OpenSSL's: the suites of TLS 1.2 with forward secrecy and authenticated encryption. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};
/** Those of TLS 1.3 are not a matter of choice, as in Go. */
const modern = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

export const tlsCipherSuites: readonly string[] = [...modern, ...Object.keys(suites)];

export interface TlsSettings {
  minVersion: 'TLSv1.2' | 'TLSv1.3';
  ciphers: string;
}

/** What node:tls takes for the two flags; without suites all that are safe. */
export function tlsSettings(minVersion: TlsVersion, cipherSuites: readonly string[] = []): TlsSettings {
  const chosen = cipherSuites.length > 0 ? cipherSuites : Object.keys(suites);
  return {
    minVersion: minVersion === 'VersionTLS13' ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: [...modern, ...chosen.flatMap((name) => suites[name] ?? [])].join(':'),
  };
}
