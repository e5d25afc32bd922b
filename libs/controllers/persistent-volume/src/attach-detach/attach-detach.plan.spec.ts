import {
  attachmentName,
  csiVolumeName,
  type Node,
  type PersistentVolume,
  type Pod,
  type VolumeAttachment,
} from '@nestor/api';
import { planAttachments, type AttachPlan, type Observed } from './attach-detach.plan';
import { multiAttachMessage } from './multi-attach-message';

const driver = 'disk.example.com';
const aVolume = (name: string, accessModes = ['ReadWriteOnce']): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { accessModes, csi: { driver, volumeHandle: `h-${name}` } },
});
const attachment = (name: string, nodeName: string, status: object = { attached: true }): VolumeAttachment => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttachment',
  metadata: { name: attachmentName(`h-${name}`, driver, nodeName) },
  spec: { attacher: driver, nodeName, source: { persistentVolumeName: name } },
  status: status as never,
});
const aNode = (status: object = {}, spec: object = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  spec,
  status: { conditions: [{ type: 'Ready', status: 'True' }], ...status },
});
const minutes = (count: number) => count * 60_000;
const inUse = { volumesInUse: [csiVolumeName(driver, 'h-v')] };
const unready = { ...inUse, conditions: [{ type: 'Ready', status: 'Unknown' }] };
const gone = attachment('v', 'n1');

function plan(observed: Partial<Observed>, now = 0): AttachPlan {
  return planAttachments(
    {
      nodeName: 'n1',
      node: aNode(),
      wanted: [],
      attachments: [],
      elsewhere: () => [],
      unneededSince: new Map(),
      forceOnTimeout: true,
      ...observed,
    },
    now,
  );
}

describe('attach and detach', () => {
  const wanted = [{ volume: aVolume('v'), pods: [] }];

  it('attach what pods of the node need', () => {
    expect(plan({ wanted }).attach).toEqual([
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name: attachmentName('h-v', driver, 'n1') },
        spec: { attacher: driver, nodeName: 'n1', source: { persistentVolumeName: 'v' } },
      },
    ]);
  });

  it('tell the node only what is attached', () => {
    const attached = [{ name: 'kubernetes.io/csi/disk.example.com^h-v', devicePath: '' }];
    expect(plan({ wanted, attachments: [gone] })).toMatchObject({ attach: [], attached });
    expect(plan({ wanted, attachments: [attachment('v', 'n1', { attached: false })] }).attached).toEqual([]);
  });

  it('wait for the one node that has an exclusive volume, and not for one that many may have', () => {
    const elsewhere = () => [attachment('v', 'n2')];
    expect(plan({ wanted, elsewhere })).toMatchObject({ attach: [], blocked: [{ by: [{}] }], waits: true });
    const shared = [{ volume: aVolume('v', ['ReadWriteOnce', 'ReadWriteMany']), pods: [] }];
    expect(plan({ wanted: shared, elsewhere }).attach).toHaveLength(1);
  });

  it.each<[string, Partial<Observed>, number, boolean]>([
    ['when nobody needs it', {}, 0, true],
    ['not while the node has it mounted', { node: aNode(inUse) }, minutes(10), false],
    ['from a node that is gone', { node: undefined }, 0, true],
    ['not at once from a node that is silent', { node: aNode(unready) }, minutes(6), false],
    ['after six minutes from a node that is silent', { node: aNode(unready) }, minutes(6) + 1, true],
    ['unless that is turned off', { node: aNode(unready), forceOnTimeout: false }, minutes(60), false],
    [
      'at once from a node that is out of service',
      { node: aNode(unready, { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] }) },
      0,
      true,
    ],
  ])('detach %s', (_, observed, now, expected) => {
    const unneededSince = new Map([[gone.metadata.name ?? '', 0]]);
    const made = plan({ attachments: [gone], unneededSince, ...observed }, now);
    expect(made.detach).toHaveLength(expected ? 1 : 0);
    if (expected) expect(made.attached).toEqual([]);
    expect(made.waits).toBe(!expected);
  });

  it('name who has the volume', () => {
    const pod = (namespace: string, name: string) => ({ metadata: { namespace, name } }) as Pod;
    const text = (...users: Pod[]) => multiAttachMessage('v', pod('ns1', 'p'), users);
    const start = 'Multi-Attach error for volume "v" Volume is already';
    expect(text()).toBe(`${start} exclusively attached to one node and can't be attached to another`);
    expect(text(pod('ns1', 'b'), pod('ns1', 'a'))).toBe(`${start} used by pod(s) a, b`);
    expect(text(pod('ns2', 'a'))).toBe(`${start} used by 1 pod(s) in different namespaces`);
    expect(text(pod('ns1', 'a'), pod('ns2', 'a'))).toBe(
      `${start} used by pod(s) a and 1 pod(s) in different namespaces`,
    );
  });
});
