import type { DeepReadonly, Service } from '@nestor/api';

/** The variables that a pod finds its namespace's Services (and the API server's) by. */
export function serviceEnvironment(services: readonly DeepReadonly<Service>[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const service of services) {
    const ip = service.spec?.clusterIP;
    const ports = service.spec?.ports ?? [];
    if (!ip || ip === 'None' || ports.length === 0) continue;
    const name = variableName(service.metadata.name ?? '');
    const host = ip.includes(':') ? `[${ip}]` : ip;
    result[`${name}_SERVICE_HOST`] = ip;
    result[`${name}_SERVICE_PORT`] = String(ports[0]?.port);
    for (const port of ports) {
      if (port.name) result[`${name}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port);
    }
    for (const [at, port] of ports.entries()) {
      const protocol = port.protocol ?? 'TCP';
      const prefix = `${name}_PORT_${port.port}_${protocol}`;
      const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
      if (at === 0) result[`${name}_PORT`] = url;
      result[prefix] = url;
      result[`${prefix}_PROTO`] = protocol.toLowerCase();
      result[`${prefix}_PORT`] = String(port.port);
      result[`${prefix}_ADDR`] = ip;
    }
  }
  return result;
}

const variableName = (name: string): string => name.toUpperCase().replaceAll('-', '_');
