import type { ApiObject, Pod, Toleration } from '@nestor/api';
import type { AdmissionRequest, ObjectReader } from '../../admission-plugin';
import { mergeTolerations } from './merge-tolerations';
import { RuntimeClassPlugin } from './runtime-class.plugin';

const sandboxed = {
  metadata: { name: 'sandboxed' },
  overhead: { podFixed: { cpu: '250m' } },
  scheduling: { nodeSelector: { runtime: 'kata' }, tolerations: [{ key: 'kata', operator: 'Exists' }] },
};
const reader: ObjectReader = {
  get: (_resource, _namespace, name) =>
    Promise.resolve(
      ({ sandboxed, plain: { metadata: { name: 'plain' } } } as unknown as Record<string, ApiObject>)[name],
    ),
  list: () => Promise.resolve([]),
};
const requestOf = (spec: object): AdmissionRequest =>
  ({ object: { metadata: { name: 'p' }, spec: { containers: [], ...spec } } }) as unknown as AdmissionRequest;

async function admitted(spec: object): Promise<NonNullable<Pod['spec']>> {
  const plugin = new RuntimeClassPlugin(reader);
  const request = requestOf(spec);
  await plugin.admit(request);
  await plugin.validate(request);
  return (request.object as Pod).spec!;
}

describe('RuntimeClass', () => {
  it('gives its pods overhead and a place', async () => {
    expect(await admitted({ runtimeClassName: 'sandboxed', nodeSelector: { zone: 'a' } })).toMatchObject({
      overhead: { cpu: '250m' },
      nodeSelector: { zone: 'a', runtime: 'kata' },
      tolerations: [{ key: 'kata', operator: 'Exists' }],
    });
    expect(await admitted({ runtimeClassName: 'sandboxed', overhead: { cpu: '0.25' } })).toHaveProperty('overhead');
    expect(await admitted({ runtimeClassName: 'plain' })).not.toHaveProperty('overhead');
    expect(await admitted({})).toEqual({ containers: [] });
  });

  it.each([
    [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
    [
      { runtimeClassName: 'sandboxed', overhead: { cpu: '1' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { runtimeClassName: 'plain', overhead: { cpu: '1' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    [
      { runtimeClassName: 'sandboxed', nodeSelector: { runtime: 'runc' } },
      'conflict: runtimeClass.scheduling.nodeSelector[runtime] = kata; pod.spec.nodeSelector[runtime] = runc',
    ],
  ])('refuses %j', async (spec, why) => expect(admitted(spec)).rejects.toThrow(`pods "p" is forbidden: ${why}`));
});

describe('mergeTolerations', () => {
  const a: Toleration = { key: 'a', operator: 'Equal', value: '1', effect: 'NoSchedule' };
  it.each<[string, Toleration[], Toleration[], Toleration[]]>([
    ['both', [a], [{ ...a, value: '2' }], [a, { ...a, value: '2' }]],
    ['one of two equal ones', [a], [{ ...a }], [a]],
    ['the wider, wherever it is', [a], [{ key: 'a', operator: 'Exists' }], [{ key: 'a', operator: 'Exists' }]],
    ['what tolerates all', [{ operator: 'Exists' }], [a], [{ operator: 'Exists' }]],
    [
      'the longer',
      [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 9 }],
      [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }],
      [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }],
    ],
  ])('keeps %s', (_, first, second, merged) => expect(mergeTolerations(first, second)).toEqual(merged));
});
