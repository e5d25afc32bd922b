import fc from 'fast-check';
import { definitionSchema } from '../definitions';
import { decodeStrict } from './decode-strict';

const decode = (definition: string, value: Record<string, unknown>) =>
  decodeStrict(definitionSchema(`io.k8s.api.${definition}`), value);
const inPod = (container: Record<string, unknown>) => ({ spec: { containers: [container] } });

describe('decodeStrict', () => {
  it.each([
    [
      'apps.v1.Deployment',
      { spec: { replicas: 'three' } },
      'string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    ['apps.v1.Deployment', { spec: 'x' }, 'string into Go struct field Deployment.spec of type v1.DeploymentSpec'],
    [
      'apps.v1.Deployment',
      { spec: { replicas: 1.5 } },
      'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps.v1.Deployment',
      { spec: { replicas: 2 ** 31 } },
      'number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps.v1.Deployment',
      { spec: { paused: 'yes' } },
      'string into Go struct field DeploymentSpec.spec.paused of type bool',
    ],
    ['core.v1.ConfigMap', { data: { port: 80 } }, 'number into Go struct field ConfigMap.data of type string'],
    ['core.v1.ConfigMap', { data: ['a'] }, 'array into Go struct field ConfigMap.data of type map[string]string'],
    [
      'core.v1.ConfigMap',
      { metadata: { labels: { a: true } } },
      'bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'core.v1.Pod',
      { spec: { containers: {} } },
      'object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      'core.v1.Pod',
      inPod({ env: [{ name: 'a', value: 1 }] }),
      'number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      'core.v1.Pod',
      inPod({ ports: [{ containerPort: '80' }] }),
      'string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      'core.v1.Pod',
      { spec: { restartPolicy: 1 } },
      'number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      'core.v1.Service',
      { spec: { ports: [{ targetPort: true }] } },
      'bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
  ])('%s %j', (definition, value, text) => {
    expect(decode(definition, value).typeError).toBe(`json: cannot unmarshal ${text}`);
  });

  it.each([
    ['apps.v1.Deployment', { spec: { replicas: 'three' } }, 'unrecognized type: int32'],
    ['apps.v1.Deployment', { spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
    ['apps.v1.Deployment', { spec: { paused: 0 } }, 'unrecognized type: bool'],
    ['apps.v1.Deployment', { spec: 'x' }, 'cannot restore struct from: string'],
    ['core.v1.ConfigMap', { data: { port: 80 } }, 'cannot convert int64 to string'],
    ['core.v1.ConfigMap', { data: { port: true } }, 'unrecognized type: string'],
    ['core.v1.ConfigMap', { data: ['a'] }, 'cannot restore map from slice'],
    ['core.v1.Pod', { spec: { containers: {} } }, 'cannot restore slice from map'],
    ['core.v1.Pod', { spec: { restartPolicy: 1 } }, 'cannot convert int64 to v1.RestartPolicy'],
    ['core.v1.Pod', { spec: { restartPolicy: true } }, 'unrecognized type: string'],
    [
      'core.v1.Service',
      { spec: { ports: [{ targetPort: true }] } },
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    ['core.v1.Secret', { data: { a: 1 } }, 'cannot restore slice from int64'],
    [
      'core.v1.Pod',
      { metadata: { creationTimestamp: 1 } },
      'json: cannot unmarshal number into Go value of type string',
    ],
    [
      'core.v1.Pod',
      inPod({ resources: { limits: { cpu: 'much' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('%s %j, converted from a map', (definition, value, text) => {
    expect(decode(definition, value).conversionError).toBe(text);
  });

  it('tells only the first type error', () => {
    expect(decode('core.v1.Pod', { spec: { hostNetwork: 1, nodeName: 2 } }).typeError).toContain('hostNetwork');
  });

  it('refuses text that is no quantity, time or base64', () => {
    expect(decode('core.v1.Pod', inPod({ resources: { limits: { cpu: 'much' } } })).typeError).toBe(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
    expect(decode('core.v1.Pod', { metadata: { creationTimestamp: 'noon' } }).typeError).toBe(
      'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
    );
    expect(decode('core.v1.Secret', { data: { a: 'a*==' } }).typeError).toBe('illegal base64 data at input byte 1');
  });

  it('names unknown fields with their path and drops them', () => {
    const value = {
      spec: { foo: 1, Replicas: 2, template: { spec: { containers: [{ name: 'a' }, { imagee: 'b' }] } } },
    };
    expect(decode('apps.v1.Deployment', value).unknownFields).toEqual([
      'spec.foo',
      'spec.Replicas',
      'spec.template.spec.containers[1].imagee',
    ]);
    expect(value).toEqual({ spec: { template: { spec: { containers: [{ name: 'a' }, {}] } } } });
  });

  it('takes names from Object.prototype for unknown like any other', () => {
    const value = JSON.parse('{"constructor":1,"__proto__":2,"toString":3}') as Record<string, unknown>;
    expect(decode('core.v1.Pod', value).unknownFields).toEqual(['constructor', '__proto__', 'toString']);
    expect(Object.keys(value)).toEqual([]);
  });

  it('takes null for absence, and for the zero value inside maps and lists', () => {
    const value = { metadata: { name: null, labels: { a: null } }, spec: { containers: [null] } };
    expect(decode('core.v1.Pod', value)).toEqual({ unknownFields: [] });
    expect(value).toEqual({ metadata: { labels: { a: '' } }, spec: { containers: [{}] } });
  });

  it('keeps a quantity written as a number as text', () => {
    const value = inPod({ resources: { limits: { cpu: 0.5 } } });
    decode('core.v1.Pod', value);
    expect(value).toEqual(inPod({ resources: { limits: { cpu: '0.5' } } }));
  });

  it('leaves an object that fits as it is, however often it decodes', () => {
    const labels = fc.dictionary(fc.string(), fc.string());
    const container = fc.record(
      { name: fc.string(), args: fc.array(fc.string()), tty: fc.boolean() },
      { requiredKeys: [] },
    );
    const pod = fc.record({ metadata: fc.record({ labels }), spec: fc.record({ containers: fc.array(container) }) });
    fc.assert(
      fc.property(pod, (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        expect(decode('core.v1.Pod', plain)).toEqual({ unknownFields: [] });
        expect(JSON.stringify(plain)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('leaves nothing that a second decode would call unknown', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('spec', 'metadata', 'x', 'status'), fc.jsonValue()), (value) => {
        decode('core.v1.Pod', value);
        expect(decode('core.v1.Pod', value).unknownFields).toEqual([]);
      }),
    );
  });
});
