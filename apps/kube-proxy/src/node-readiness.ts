import { prepareKernel, type ProxyBackend } from '@nestor/proxy';
import { createLogger } from '@nestor/telemetry';

/** Injection token of the backend; undefined when service IPs are not this process's work. */
export const PROXY_BACKEND = Symbol('nestor.proxy.backend');

export interface NodeReadiness {
  able: boolean;
  bridgeTrafficFiltered: boolean;
}

/** Checks what the backend needs and sets the kernel up for it; says what is missing instead of failing. */
export async function prepareNode(backend: ProxyBackend, localhostNodePorts: boolean): Promise<NodeReadiness> {
  const log = createLogger('kube-proxy');
  try {
    await backend.check();
  } catch (error) {
    const why = (error as Error).message;
    log.error(
      { why, mode: backend.mode },
      'service IPs will not work here: the proxy mode cannot be used; doing nothing',
    );
    return { able: false, bridgeTrafficFiltered: false };
  }
  const kernel = await prepareKernel({ localhostNodePorts });
  for (const problem of kernel.problems) log.warn({ problem }, 'a kernel setting could not be made');
  if (!kernel.bridgeTrafficFiltered) {
    // Without it a reply between two pods of one bridge would skip the translation back to the service IP.
    log.warn('bridged traffic does not pass iptables (no br_netfilter): masquerading all service traffic instead');
  }
  return { able: true, bridgeTrafficFiltered: kernel.bridgeTrafficFiltered };
}
