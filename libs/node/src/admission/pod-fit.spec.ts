import type { Pod, PodSpec } from '@nestor/api';
import { podWith } from '../pod/pod-fixtures';
import { admitPod } from './pod-fit';

const node = { labels: { disk: 'ssd' }, allocatable: { cpu: '2', memory: '1Gi', pods: '3' }, taints: [] };
const asking = (requests: Record<string, string>, more: Partial<PodSpec> = {}): Pod =>
  podWith({ containers: [{ name: 'c', image: 'i', resources: { requests } }], ...more });
const onPort = (hostPort: number) =>
  podWith({ containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort }] }] });

describe('admitPod', () => {
  it('takes what fits', () => {
    expect(admitPod(asking({ cpu: '1' }), [asking({ cpu: '1' })], node)).toBeUndefined();
    expect(admitPod(podWith({ nodeSelector: { disk: 'ssd' } }), [], node)).toBeUndefined();
  });
  it.each([
    ['OutOfcpu', asking({ cpu: '1500m' }), [asking({ cpu: '1' })]],
    ['OutOfmemory', asking({ memory: '2Gi' }), []],
    ['OutOfpods', podWith(), [podWith(), podWith(), podWith()]],
    ['OutOfexample.com/gpu', asking({ 'example.com/gpu': '1' }), []],
    ['NodeAffinity', podWith({ nodeSelector: { disk: 'hdd' } }), []],
    ['NodePorts', onPort(8080), [onPort(8080)]],
  ])('refuses with %s', (reason, pod, others) => expect(admitPod(pod, others, node)?.reason).toBe(reason));
  it('heeds NoExecute taints only: a bound pod has passed the scheduler', () => {
    const taints = [
      { key: 'a', effect: 'NoSchedule' },
      { key: 'b', effect: 'NoExecute' },
    ];
    expect(admitPod(podWith(), [], { ...node, taints })?.reason).toBe('TaintToleration');
    const tolerations = [{ key: 'b', operator: 'Exists' }];
    expect(admitPod(podWith({ tolerations }), [], { ...node, taints })).toBeUndefined();
  });
  it('says the numbers', () => {
    expect(admitPod(asking({ cpu: '1500m' }), [asking({ cpu: '1' })], node)?.message).toBe(
      "Node didn't have enough resource: cpu, requested: 1500m, used: 1, capacity: 2",
    );
  });
});
