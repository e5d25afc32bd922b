import { createOnBus } from '@nestor/client';
import { runApp } from '@nestor/telemetry';
import { cleanUpAndExit } from './clean-up';
import { KubeProxyConfig } from './kube-proxy.config';
import { KubeProxyModule } from './kube-proxy.module';

// A clean-up beside a kube-proxy that still runs must not need that one's port.
if (process.argv.includes('--cleanup')) process.argv.push('--observability-port=0');

void runApp({
  app: 'kube-proxy',
  about: 'Makes the virtual IPs of Services work on this node.',
  config: KubeProxyConfig,
  module: async (config) => {
    if (config.cleanup) await cleanUpAndExit(config);
    return KubeProxyModule.forRoot(config);
  },
  create: createOnBus,
});
