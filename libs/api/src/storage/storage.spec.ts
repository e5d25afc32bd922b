import { created, createErrors, definitionOf } from '../../test/created';
import type { ApiObject } from '../meta/json-types';

const cells = (object: object): unknown[] => {
  const made = created<ApiObject>(object);
  return definitionOf(made.apiVersion, made.kind).cells(made, new Date());
};

describe('storage.k8s.io', () => {
  it('defaults a driver', () => {
    const driver = { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'd' }, spec: {} };
    const printed = ['d', true, false, false, '<unset>', false, 'Persistent'];
    expect(cells(driver).slice(0, 7)).toEqual(printed);
  });

  it('wants exactly one source of an attachment', () => {
    const attachment = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name: 'a' },
      spec: { attacher: 'd', nodeName: 'n', source: {} },
    };
    expect(createErrors(attachment)).toEqual([
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ]);
  });
});
