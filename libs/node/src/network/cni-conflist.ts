import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface BridgeNetwork {
  podCidr: string;
  bridge?: string;
  /** Where host-local remembers addresses; below it one directory per network. */
  ipamDirectory?: string;
  mtu?: number;
}

/** Bridge, host ports and loopback, as the plugins of Debian's containernetworking-plugins (1.1) read it. */
export function bridgeConflist({ podCidr, bridge = 'nestor0', ipamDirectory, mtu }: BridgeNetwork): object {
  return {
    cniVersion: '0.4.0',
    name: 'nestor',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ...(mtu ? { mtu } : {}),
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
          ...(ipamDirectory ? { dataDir: ipamDirectory } : {}),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** Writes the bridge network where no other network is configured. Returns whether it wrote. */
export function ensureCniConfig(confDir: string, network: BridgeNetwork): boolean {
  const present = existsSync(confDir)
    ? readdirSync(confDir).filter((file) => /\.(conf|conflist|json)$/.test(file))
    : [];
  if (present.some((file) => !file.includes('nestor'))) return false;
  mkdirSync(confDir, { recursive: true });
  const file = join(confDir, '10-nestor.conflist');
  // The runtime watches the directory; a rename shows it the whole file at once.
  writeFileSync(`${file}.tmp`, `${JSON.stringify(bridgeConflist(network), null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
  return true;
}
