/** What this server shows to a webhook that wants to know who calls. */
export interface WebhookCredentials {
  cert?: Buffer;
  key?: Buffer;
  /** The value of the Authorization header. */
  authorization?: string;
}

/** By the webhook's host, with its port if that is not 443: "name.namespace.svc", "example.com:8443". */
export type CredentialsFor = (host: string) => WebhookCredentials;

export const noCredentials: CredentialsFor = () => ({});

/** The users of a kubeconfig file (kubeConfigFile of WebhookAdmissionConfiguration). */
export interface KubeconfigUser {
  name: string;
  user?: {
    'client-certificate-data'?: string;
    'client-key-data'?: string;
    token?: string;
    username?: string;
    password?: string;
  };
}

/** The user named as the host, else as its domain with "*" in front, longest first, else "*" (defaultAuthenticationInfoResolver). */
export function webhookCredentials(users: readonly KubeconfigUser[]): CredentialsFor {
  const byName = new Map(users.map((one) => [one.name, credentialsOf(one)]));
  return (host) => {
    for (const name of namesFor(host)) {
      const found = byName.get(name);
      if (found) return found;
    }
    return {};
  };
}

function namesFor(host: string): string[] {
  const bare = host.replace(/:443$/, '');
  const segments = bare.split('.');
  return [host, bare, ...segments.slice(1).map((_segment, index) => `*.${segments.slice(index + 1).join('.')}`), '*'];
}

function credentialsOf({ user = {} }: KubeconfigUser): WebhookCredentials {
  const cert = user['client-certificate-data'];
  const key = user['client-key-data'];
  return {
    ...(cert ? { cert: Buffer.from(cert, 'base64') } : {}),
    ...(key ? { key: Buffer.from(key, 'base64') } : {}),
    ...(user.token ? { authorization: `Bearer ${user.token}` } : {}),
    ...(user.username ? { authorization: `Basic ${basic(user.username, user.password ?? '')}` } : {}),
  };
}

const basic = (name: string, password: string): string => Buffer.from(`${name}:${password}`).toString('base64');
