export const namespace = 'bench';

export function deployment(name: string, replicas: number): string {
  const labels = { app: name };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'main',
              image: 'registry.example.com/team/idle:1',
              resources: { requests: { cpu: '10m', memory: '16Mi' } },
            },
          ],
        },
      },
    },
  });
}

/** Objects of six kinds in turn, small as most are. */
export function anyObject(index: number): { path: string; body: string } {
  const name = `object-${index}`;
  const at = (prefix: string, plural: string): string => `${prefix}/namespaces/${namespace}/${plural}`;
  const metadata = { name, labels: { app: 'bench' } };
  const kinds = [
    { path: at('/api/v1', 'configmaps'), body: { metadata, data: { key: 'value' } } },
    { path: at('/api/v1', 'secrets'), body: { metadata, stringData: { key: 'value' } } },
    { path: at('/api/v1', 'serviceaccounts'), body: { metadata } },
    { path: at('/api/v1', 'services'), body: { metadata, spec: { clusterIP: 'None', selector: { app: name } } } },
    { path: at('/apis/coordination.k8s.io/v1', 'leases'), body: { metadata, spec: { holderIdentity: 'x' } } },
    { path: at('/apis/apps/v1', 'deployments'), body: JSON.parse(deployment(name, 0)) as object },
  ];
  const kind = kinds[index % kinds.length] as (typeof kinds)[number];
  return { path: kind.path, body: JSON.stringify(kind.body) };
}
