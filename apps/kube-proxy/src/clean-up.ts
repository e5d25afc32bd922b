import { createBackend, proxyModes } from '@nestor/proxy';
import type { KubeProxyConfig } from './kube-proxy.config';

/** `--cleanup`: removes the rules of the configured mode, or of every mode with "none", and ends the process. */
export async function cleanUpAndExit(config: KubeProxyConfig): Promise<never> {
  const modes = config.proxyMode === 'none' ? proxyModes : [config.proxyMode];
  for (const mode of modes) {
    await createBackend(mode).cleanup();
    process.stdout.write(`removed the rules of proxy mode ${mode}\n`);
  }
  process.exit(0);
}
