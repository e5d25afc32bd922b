const labels = { app: 'web' };

/** Each replica answers with its own name, so that a test sees who answered. */
const serve =
  'mkdir -p /www && hostname > /www/index.html && echo "serving as $(hostname)" && exec httpd -f -p 8080 -h /www';

export const webConfig = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web' },
  data: { greeting: 'hello from a config map' },
};

export const webDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'web',
            image: 'busybox:1.36',
            command: ['sh', '-c', serve],
            ports: [{ name: 'http', containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
            resources: { requests: { cpu: '50m', memory: '16Mi' }, limits: { memory: '64Mi' } },
            volumeMounts: [{ name: 'config', mountPath: '/etc/web' }],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: 'web' } }],
      },
    },
  },
};

export const webService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
};

/** A deployment without a workload of its own, for simulated nodes. */
export function idleDeployment(name: string, replicas: number): object {
  const own = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: own },
      template: {
        metadata: { labels: own },
        spec: { containers: [{ name: 'main', image: 'busybox:1.36', resources: { requests: { cpu: '10m' } } }] },
      },
    },
  };
}
