import type { ApiObject, Ingress } from '@nestor/api';
import type { AdmissionRequest } from '../../admission-plugin';
import { DefaultIngressClassPlugin } from './default-ingress-class.plugin';

const aClass = (name: string, creationTimestamp: string, isDefault = 'true'): ApiObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name, creationTimestamp, annotations: { 'ingressclass.kubernetes.io/is-default-class': isDefault } },
});
const classes = [
  aClass('old', '2026-01-01T00:00:00Z'),
  aClass('z-new', '2026-01-02T00:00:00Z'),
  aClass('new', '2026-01-02T00:00:00Z'),
  aClass('newest', '2026-01-03T00:00:00Z', 'false'),
];

async function admitted(given: Partial<Ingress>, found = classes): Promise<Ingress> {
  const object: Ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i' },
    spec: {},
    ...given,
  };
  const plugin = new DefaultIngressClassPlugin({ get: async () => undefined, list: async () => found });
  const request = { operation: 'CREATE', group: 'networking.k8s.io', resource: 'ingresses', subresource: '', object };
  expect(plugin.handles(request as unknown as AdmissionRequest)).toBe(true);
  await plugin.admit(request as unknown as AdmissionRequest);
  return object;
}

describe('DefaultIngressClass', () => {
  it('gives the newest default, by name among equals', async () =>
    expect((await admitted({})).spec?.ingressClassName).toBe('new'));
  it('gives none where there is none', async () =>
    expect((await admitted({}, classes.slice(3))).spec?.ingressClassName).toBeUndefined());
  it('leaves what is named', async () => {
    expect((await admitted({ spec: { ingressClassName: 'own' } })).spec?.ingressClassName).toBe('own');
    const metadata = { name: 'i', annotations: { 'kubernetes.io/ingress.class': 'own' } };
    expect((await admitted({ metadata })).spec?.ingressClassName).toBeUndefined();
  });
});
