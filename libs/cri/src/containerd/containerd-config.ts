import { readFileSync } from 'node:fs';
import { pauseImageName } from '../images/pause-image';

export interface ContainerdConfig {
  /** Persistent data: images and snapshots. */
  root: string;
  /** Run-time state. Keep it short: sockets live below it and their paths are limited to 107 bytes. */
  state: string;
  /** The socket containerd serves on. */
  address: string;
  sandboxImage?: string;
  snapshotter?: string;
  cniBinDir?: string;
  cniConfDir?: string;
  /** Directory of per-registry hosts.toml files. */
  registryConfigDir?: string;
  systemdCgroup?: boolean;
  /** For a root without CAP_SYS_RESOURCE (nested containers): keep to the OOM scores it may set. Found out when absent. */
  restrictOomScoreAdj?: boolean;
}

/** containerd's configuration (version 2, read by 1.6 to 2.x) for a containerd of Nestor's own beside any other. */
export function renderContainerdConfig(config: ContainerdConfig): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${quote(config.root)}
state = ${quote(config.state)}
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
  address = ${quote(config.address)}

[${cri}]
  sandbox_image = ${quote(config.sandboxImage ?? pauseImageName)}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  max_concurrent_downloads = 3
  restrict_oom_score_adj = ${config.restrictOomScoreAdj ?? !mayLowerOomScore()}

  [${cri}.containerd]
    snapshotter = ${quote(config.snapshotter ?? 'overlayfs')}
    default_runtime_name = "runc"

    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [${cri}.containerd.runtimes.runc.options]
        SystemdCgroup = ${config.systemdCgroup ? 'true' : 'false'}

  [${cri}.cni]
    bin_dir = ${quote(config.cniBinDir ?? '/usr/lib/cni')}
    conf_dir = ${quote(config.cniConfDir ?? '/etc/cni/net.d')}
    max_conf_num = 1
${config.registryConfigDir ? `\n  [${cri}.registry]\n    config_path = ${quote(config.registryConfigDir)}\n` : ''}`;
}

/** A TOML basic string escapes as JSON does. */
const quote = (text: string): string => JSON.stringify(text);

const capSysResource = 24n;

/** runc fails to start anything if it is told to lower the OOM score and may not. */
function mayLowerOomScore(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> capSysResource) & 1n) === 1n;
}
