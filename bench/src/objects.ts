import type { Dispatcher } from 'undici';
import { type Request, send } from './load';

export const namespace = 'nestor-bench';
export const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
export const pods = `/api/v1/namespaces/${namespace}/pods`;

const filler = 'x'.repeat(700);

/** About a kilobyte, the size of a small object. */
export function configMap(name: string, value: number | string = 0): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { app: 'bench' } },
    data: { value: String(value), filler },
  });
}

/** A few hundred bytes, with a label that no other object has. */
export function smallConfigMap(name: string, value: number | string = 0): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { app: 'bench', object: name } },
    data: { value: String(value) },
  });
}

/** A pod as a Deployment makes them, with a label that one in a hundred has. */
export function pod(index: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${String(index).padStart(6, '0')}`,
      namespace,
      labels: { app: 'bench', hundredth: String(index % 100) },
    },
    spec: {
      automountServiceAccountToken: false,
      // Nobody schedules it: the pods stay as they are while they are measured.
      schedulerName: 'none',
      containers: [
        {
          name: 'main',
          image: 'registry.example.com/team/application:1.0.0',
          args: ['--listen=:8080', '--log-level=info'],
          env: Array.from({ length: 6 }, (_, n) => ({ name: `SETTING_${n}`, value: `value of setting ${n}` })),
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
        },
      ],
    },
  });
}

/** The namespace, and its default service account: nobody else may be there to make it. */
export async function createNamespace(client: Dispatcher): Promise<void> {
  const named = (name: string): string => JSON.stringify({ metadata: { name } });
  await send(client, create('/api/v1/namespaces', named(namespace)));
  await send(client, create(`/api/v1/namespaces/${namespace}/serviceaccounts`, named('default')));
}

export const create = (path: string, body: string): Request => ({ method: 'POST', path, body });
