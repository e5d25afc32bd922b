import type { DeepReadonly, Pod, Service } from '@nestor/api';

export interface ResolvedPort {
  name: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

/** The ports of a Service as one pod has them: a named target port may differ from pod to pod. */
export function resolvePorts(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>): ResolvedPort[] {
  return (service.spec?.ports ?? []).flatMap(({ name = '', port, protocol = 'TCP', targetPort, appProtocol }) => {
    const target = targetPort ?? port;
    const number = typeof target === 'number' ? target : namedPort(pod, target, protocol);
    // A pod without the named port is simply not an endpoint of that port.
    return number ? [{ name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }] : [];
  });
}

/** podutil.FindPort: sidecars (restartable init containers) count, other init containers do not. */
function namedPort(pod: DeepReadonly<Pod>, name: string, protocol: string): number | undefined {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = container.ports?.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

export const isHeadless = (service: DeepReadonly<Service>): boolean => service.spec?.clusterIP === 'None';
