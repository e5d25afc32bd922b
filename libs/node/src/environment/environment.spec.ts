import { notFound, type Container, type ConfigMap, type Secret, type Service } from '@nestor/api';
import { podWith } from '../pod/pod-fixtures';
import { containerEnvironment, type EnvironmentSources } from './container-environment';
import { expand } from './expand';
import { fieldValue, resourceFieldValue } from './field-ref';
import { serviceEnvironment } from './service-environment';

const facts = {
  nodeName: 'n1',
  hostIPs: ['192.0.2.1'],
  podIPs: ['10.0.0.5'],
  allocatable: { cpu: '4', memory: '8Gi' },
};
const service = (name: string, namespace: string, ports: object[]): Service =>
  ({ metadata: { name, namespace }, spec: { clusterIP: '10.96.0.7', ports } }) as unknown as Service;

describe('expand', () => {
  const lookup = (name: string) => ({ A: 'one', EMPTY: '' })[name];
  it.each([
    ['$(A)', 'one'],
    ['x$(A)y$(A)', 'xoneyone'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$A', '$A'],
    ['$(EMPTY)', ''],
    ['$(A', '$(A'],
    ['cost: 5$', 'cost: 5$'],
  ])('turns %s into %s', (text, expected) => expect(expand(text, lookup)).toBe(expected));
});

describe('fieldValue', () => {
  const pod = podWith({ serviceAccountName: 'sa' });
  it.each([
    ['metadata.name', 'p'],
    ['metadata.uid', 'u1'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['none']", ''],
    ['metadata.labels', 'app="web"'],
    ['spec.nodeName', 'n1'],
    ['spec.serviceAccountName', 'sa'],
    ['status.podIP', '10.0.0.5'],
    ['status.hostIP', '192.0.2.1'],
    ['spec.unknown', undefined],
  ])('%s is %s', (path, expected) => expect(fieldValue(pod, path, facts)).toBe(expected));
});

describe('resourceFieldValue', () => {
  const container = { name: 'c', resources: { requests: { cpu: '250m' }, limits: { memory: '64Mi' } } } as Container;
  it.each([
    ['requests.cpu', undefined, '1'],
    ['requests.cpu', '1m', '250'],
    ['limits.memory', '1Mi', '64'],
    ['limits.memory', undefined, '67108864'],
    ['limits.cpu', undefined, '4'],
    ['requests.memory', undefined, '0'],
  ])('%s by %s is %s', (resource, divisor, expected) =>
    expect(resourceFieldValue(container, { resource, divisor }, facts)).toBe(expected),
  );
});

describe('serviceEnvironment', () => {
  it('gives the variables of Docker links', () => {
    expect(serviceEnvironment([service('my-db', 'ns', [{ name: 'sql-port', port: 5432, protocol: 'TCP' }])])).toEqual({
      MY_DB_SERVICE_HOST: '10.96.0.7',
      MY_DB_SERVICE_PORT: '5432',
      MY_DB_SERVICE_PORT_SQL_PORT: '5432',
      MY_DB_PORT: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP_PROTO: 'tcp',
      MY_DB_PORT_5432_TCP_PORT: '5432',
      MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
    });
  });
  it('leaves headless services out', () => {
    const headless = {
      metadata: { name: 'h' },
      spec: { clusterIP: 'None', ports: [{ port: 1 }] },
    } as unknown as Service;
    expect(serviceEnvironment([headless])).toEqual({});
  });
});

describe('containerEnvironment', () => {
  const configMaps: Record<string, Record<string, string>> = { settings: { colour: 'blue', size: 'l' } };
  const sources: EnvironmentSources = {
    async configMap(_namespace, name) {
      if (!configMaps[name]) throw notFound({ group: '', resource: 'configmaps' }, name);
      return { data: configMaps[name] } as ConfigMap;
    },
    async secret() {
      return { data: { word: Buffer.from('swordfish').toString('base64') } } as unknown as Secret;
    },
    services: (namespace) => [
      service('kubernetes', 'default', [{ port: 443 }]),
      service('db', namespace, [{ port: 1 }]),
    ],
    facts,
  };
  const environment = async (container: Partial<Container>, spec = {}) => {
    const whole = { name: 'c', ...container };
    const list = await containerEnvironment(podWith(spec), whole, sources);
    return Object.fromEntries(list.map(({ key, value }) => [key, value]));
  };

  it('lets env win over envFrom, and both over services', async () => {
    const result = await environment({
      envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'S_' }, { secretRef: { name: 'any' } }],
      env: [
        { name: 'S_size', value: 'xl' },
        { name: 'DB_SERVICE_HOST', value: 'mine' },
        { name: 'ALL', value: '$(S_colour) $(word) $(DB_SERVICE_PORT)' },
      ],
    });
    expect(result).toMatchObject({
      S_colour: 'blue',
      S_size: 'xl',
      word: 'swordfish',
      DB_SERVICE_HOST: 'mine',
      ALL: 'blue swordfish 1',
    });
  });
  it('has only the API server’s service without service links', async () => {
    const result = await environment({}, { enableServiceLinks: false });
    expect(Object.keys(result).filter((key) => key.endsWith('_SERVICE_HOST'))).toEqual(['KUBERNETES_SERVICE_HOST']);
  });
  it.each([
    [{ name: 'none', key: 'a' }, 'configmaps "none" not found'],
    [{ name: 'settings', key: 'a' }, "couldn't find key a in ConfigMap ns/settings"],
  ])('says what is missing for %j', async (configMapKeyRef, message) => {
    await expect(environment({ env: [{ name: 'A', valueFrom: { configMapKeyRef } }] })).rejects.toThrow(message);
  });
  it('passes over what is optional', async () => {
    const configMapKeyRef = { name: 'none', key: 'a', optional: true };
    expect(await environment({ env: [{ name: 'A', valueFrom: { configMapKeyRef } }] })).not.toHaveProperty('A');
  });
});
