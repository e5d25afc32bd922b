import { IptablesBackend } from './iptables/iptables-backend';
import type { IptablesOptions } from './iptables/build-chains';
import type { ProxyBackend } from './proxy-backend';

export interface BackendOptions {
  iptables?: Partial<IptablesOptions>;
}

/** One line per mode; each is a folder. */
const factories: Readonly<Record<string, (options: BackendOptions) => ProxyBackend>> = {
  iptables: (options) => new IptablesBackend(options.iptables),
};

export const proxyModes: readonly string[] = Object.keys(factories);

export class UnknownProxyModeError extends Error {
  constructor(mode: string) {
    super(`proxy mode ${JSON.stringify(mode)} is not available; there is ${proxyModes.join(', ')} (and "none")`);
    this.name = 'UnknownProxyModeError';
  }
}

export function createBackend(mode: string, options: BackendOptions = {}): ProxyBackend {
  const factory = Object.hasOwn(factories, mode) ? factories[mode] : undefined;
  if (!factory) throw new UnknownProxyModeError(mode);
  return factory(options);
}
