import type { Container, DeepReadonly } from '@nestor/api';

/** A port by number or by the name that the container gives one of its ports. */
export function containerPort(container: DeepReadonly<Container>, port: unknown): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const value = named ?? Number(port);
  if (!Number.isInteger(value)) throw new Error(`couldn't find port: ${JSON.stringify(port)} in ${container.name}`);
  return value;
}
