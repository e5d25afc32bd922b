import { context, created, definitionOf } from '../../../test/created';
import type { Pod } from '../../meta/json-types';

const manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'main', image: 'busybox:1', resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }],
  },
};

function update(part: string, change: (pod: Pod) => void): { pod: Pod; problems: string[] } {
  const { strategy } = definitionOf('v1', 'Pod');
  const old = created<Pod>(manifest);
  const pod = structuredClone(old);
  change(pod);
  strategy.prepareForUpdate?.(pod, old, context(part));
  const problems = (strategy.validateUpdate?.(pod, old, context(part)) ?? []).map(
    ({ field, detail }) => `${field}: ${detail}`,
  );
  return { pod, problems };
}

const main = (pod: Pod) => pod.spec?.containers[0];

describe('parts of a pod that are written apart', () => {
  it('resizes, and changes nothing else', () => {
    const { pod, problems } = update('resize', (next) => {
      next.metadata.labels = { app: 'other' };
      next.spec!.nodeName = 'n1';
      Object.assign(main(next)!, { image: 'evil', resources: { requests: { cpu: '500m' }, limits: { cpu: '2' } } });
    });
    expect(problems).toEqual([]);
    expect(pod.metadata.labels).toEqual({ app: 'web' });
    expect(pod.spec?.nodeName).toBeUndefined();
    expect(main(pod)).toMatchObject({ image: 'busybox:1', resources: { requests: { cpu: '500m' } } });
  });

  it('does not resize into another class of service', () => {
    const { problems } = update('resize', (next) => (main(next)!.resources = {}));
    expect(problems).toEqual(['spec: Pod QOS Class may not change as a result of resizing']);
  });

  it('adds ephemeral containers, and changes nothing else', () => {
    const debug = { name: 'debug', image: 'busybox:1', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' };
    const { pod } = update('ephemeralcontainers', (next) => {
      main(next)!.image = 'evil';
      next.spec!.ephemeralContainers = [debug];
    });
    expect(main(pod)?.image).toBe('busybox:1');
    expect(pod.spec?.ephemeralContainers).toEqual([debug]);
  });

  it('never removes nor changes one', () => {
    const { strategy } = definitionOf('v1', 'Pod');
    const old = created<Pod>(manifest);
    old.spec!.ephemeralContainers = [
      { name: 'a', image: 'busybox:1' },
      { name: 'b', image: 'busybox:1' },
    ];
    const pod = structuredClone(old);
    pod.spec!.ephemeralContainers = [{ name: 'b', image: 'busybox:2' }];
    const details = strategy.validateUpdate?.(pod, old, context('ephemeralcontainers')).map(({ detail }) => detail);
    expect(details).toContain('existing ephemeral containers "a" may not be removed\n');
    expect(details).toContainEqual(expect.stringContaining('existing ephemeral containers "b" may not be changed\n'));
  });
});
