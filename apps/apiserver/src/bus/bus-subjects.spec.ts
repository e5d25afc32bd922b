import { allow, nodeNameOf, noOpinion, type Attributes, type Authorizer } from '@nestor/auth';
import { BusSubjects } from './bus-subjects';

const keys = ['pods', 'nodes', 'secrets', 'services', 'deployments.apps', 'things.example.com', 'events'];
const registry = { all: () => keys.map((key) => ({ key })) } as unknown as ConstructorParameters<typeof BusSubjects>[0];
const joe = { name: 'joe', groups: ['system:authenticated'] };
const kubelet = { name: 'system:node:n.1', groups: ['system:nodes'] };

/** Allows what the words name: "verb group/resource", perhaps with a field's value behind it. */
const allowing = (...words: string[]): Authorizer => ({
  authorize: ({ verb, apiGroup, resource, fieldRequirements }: Attributes) => {
    const [field] = fieldRequirements?.() ?? [];
    const asked = `${apiGroup}/${resource}${field ? ` ${field.field}${field.operator}${field.value}` : ''}`;
    const isAllowed = words.includes(`${verb} ${asked}`) || words.includes(`* ${asked}`);
    return verb === 'watch' ? Promise.resolve(isAllowed ? allow() : noOpinion()) : isAllowed ? allow() : noOpinion();
  },
});
const subjects = (user: typeof joe, ...words: string[]) => new BusSubjects(registry, allowing(...words)).of(user);

describe('what somebody may hear', () => {
  it('is nothing but signs of life for who may list and watch nothing', async () => {
    expect(await subjects(joe)).toEqual(['nestor.bookmark']);
    expect(await subjects(joe, 'list /pods', 'watch /services', 'list apps/deployments')).toEqual(['nestor.bookmark']);
  });

  it('is what may be both listed and watched everywhere', async () => {
    expect(await subjects(joe, '* /services', '* apps/deployments', '* example.com/things')).toEqual([
      'nestor.bookmark',
      'nestor.watch._.services.>',
      'nestor.watch.apps.deployments.>',
      'nestor.watch.example%2Ecom.things.>',
    ]);
  });

  it('has the streams of nodes where all pods or Nodes may be heard', async () => {
    expect(await subjects(joe, '* /pods')).toEqual([
      'nestor.bookmark',
      'nestor.watch._.pods.>',
      'nestor.node.*.pods.>',
    ]);
    expect(await subjects(joe, '* /nodes')).toEqual([
      'nestor.bookmark',
      'nestor.watch._.nodes.>',
      'nestor.node.*.nodes.>',
    ]);
    expect(await subjects(joe, '* /pods', '* /nodes', '* /*')).toEqual([
      'nestor.bookmark',
      'nestor.watch._.>',
      'nestor.node.*.pods.>',
      'nestor.node.*.nodes.>',
    ]);
  });

  it('is a whole group or everything only where the rule is so', async () => {
    expect(await subjects(joe, '* apps/*')).toEqual(['nestor.bookmark', 'nestor.watch.apps.>']);
    expect(await subjects(joe, '* */*')).toEqual(['nestor.bookmark', 'nestor.watch.>', 'nestor.node.>']);
  });

  it('has no Secrets, even for who may read them', async () => {
    expect(await subjects(joe, '* /secrets')).toEqual(['nestor.bookmark']);
    expect(await subjects(kubelet, '* /secrets')).toEqual(['nestor.bookmark']);
  });

  it('is of pods and Nodes a node’s own, whatever else it may', async () => {
    const own = ['* /pods spec.nodeName=n.1', '* /nodes metadata.name=n.1'];
    const wanted = ['nestor.bookmark', 'nestor.node.n%2E1.pods.>', 'nestor.node.n%2E1.nodes.>'];
    expect(await subjects(kubelet, ...own)).toEqual(wanted);
    expect(await subjects(kubelet, ...own, '* /pods', '* /nodes', '* /*', '* */*')).toEqual(wanted);
    expect(await subjects(kubelet, '* /pods', '* /nodes')).toEqual(['nestor.bookmark']);
    expect(await subjects(kubelet, '* /services')).toEqual(['nestor.bookmark', 'nestor.watch._.services.>']);
  });

  it('knows a node by its name and its group together', () => {
    expect(nodeNameOf(kubelet)).toBe('n.1');
    expect(nodeNameOf({ name: 'system:node:n1', groups: ['system:authenticated'] })).toBeUndefined();
    expect(nodeNameOf({ name: 'system:nestor:simulated-nodes', groups: ['system:nodes'] })).toBeUndefined();
  });
});
