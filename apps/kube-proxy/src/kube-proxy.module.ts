import { type DynamicModule, Module } from '@nestjs/common';
import { ClientModule } from '@nestor/client';
import { createBackend, defaultIptablesOptions, type ProxyBackend } from '@nestor/proxy';
import { KubeProxyConfig } from './kube-proxy.config';
import { KubeProxyService } from './kube-proxy.service';
import { NodeRoutesService } from './node-routes.service';
import { type NodeReadiness, PROXY_BACKEND, prepareNode } from './node-readiness';

@Module({})
export class KubeProxyModule {
  static forRoot(config: KubeProxyConfig): DynamicModule {
    return {
      module: KubeProxyModule,
      imports: [ClientModule.forConfig(config, 'kube-proxy', { host: config.nodeName })],
      providers: [
        { provide: KubeProxyConfig, useValue: config },
        { provide: PROXY_BACKEND, useFactory: () => openBackend(config) },
        KubeProxyService,
        NodeRoutesService,
      ],
    };
  }
}

/** undefined where this process leaves the machine alone, by its mode or because it has no right to touch it. */
async function openBackend(config: KubeProxyConfig): Promise<ProxyBackend | undefined> {
  if (config.proxyMode === 'none') return undefined;
  const options = {
    ...defaultIptablesOptions,
    clusterCidr: config.clusterCidr,
    masqueradeAll: config.masqueradeAll,
    masqueradeBit: config.iptablesMasqueradeBit,
    localhostNodePorts: config.iptablesLocalhostNodeports,
  };
  // Refuses an unknown mode before anything on the machine is touched.
  const backend = createBackend(config.proxyMode, { iptables: options });
  const node: NodeReadiness = await prepareNode(backend, config.iptablesLocalhostNodeports);
  if (!node.able) return undefined;
  if (node.bridgeTrafficFiltered || config.masqueradeAll) return backend;
  return createBackend(config.proxyMode, { iptables: { ...options, masqueradeAll: true } });
}
