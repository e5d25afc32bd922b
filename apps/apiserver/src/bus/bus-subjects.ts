import { nodeNameOf, type Authorizer, type UserInfo } from '@nestor/auth';
import {
  bookmarkSubject,
  everyNodePattern,
  nodePattern,
  splitResource,
  subjectToken,
  watchPattern,
  withheldResources,
} from '@nestor/watch';
import type { ResourceRegistry } from '../registry/resource-registry';

/** Lists and watches, of a group's resource or of all ('*'), perhaps narrowed to one value of a field. */
interface Following {
  group: string;
  resource: string;
  field?: { name: string; value: string };
}

const verbs = ['list', 'watch'] as const;
const everything = '*';

/**
 * What of the bus somebody may hear: a resource's events are for who may list and watch it everywhere, as the authorizers
 * of HTTP requests say. A node hears of pods and Nodes only its own, whatever else it may.
 */
export class BusSubjects {
  constructor(
    private readonly registry: Pick<ResourceRegistry, 'all'>,
    private readonly authorizer: Authorizer,
  ) {}

  async of(user: UserInfo): Promise<string[]> {
    const node = nodeNameOf(user);
    return [bookmarkSubject, ...(node === undefined ? await this.ofAnybody(user) : await this.ofNode(user, node))];
  }

  private async ofAnybody(user: UserInfo): Promise<string[]> {
    if (await this.may(user, { group: everything, resource: everything })) return ['nestor.watch.>', 'nestor.node.>'];
    const subjects: string[] = [];
    for (const [group, plurals] of this.travelling()) {
      // Kinds that are made later are covered as well only where the rule says so.
      const isWhole = await this.may(user, { group, resource: everything });
      if (isWhole) subjects.push(`nestor.watch.${subjectToken(group)}.>`);
      for (const resource of plurals) {
        if (!isWhole && !(await this.may(user, { group, resource }))) continue;
        if (!isWhole) subjects.push(watchPattern({ group, plural: resource }));
        if (group === '' && (resource === 'pods' || resource === 'nodes')) subjects.push(everyNodePattern(resource));
      }
    }
    return subjects;
  }

  private async ofNode(user: UserInfo, node: string): Promise<string[]> {
    const subjects: string[] = [];
    for (const [group, plurals] of this.travelling()) {
      for (const resource of plurals) {
        const field = group === '' ? ownField(resource, node) : undefined;
        if (!(await this.may(user, { group, resource, field }))) continue;
        subjects.push(
          field ? nodePattern(node, resource as 'pods' | 'nodes') : watchPattern({ group, plural: resource }),
        );
      }
    }
    return subjects;
  }

  private async may(user: UserInfo, { group, resource, field }: Following): Promise<boolean> {
    for (const verb of verbs) {
      const { decision } = await this.authorizer.authorize({
        user,
        verb,
        apiGroup: group,
        apiVersion: everything,
        resource,
        subresource: '',
        namespace: '',
        name: field?.name === 'metadata.name' ? field.value : '',
        path: '',
        ...(field && { fieldRequirements: () => [{ field: field.name, operator: '=', value: field.value }] }),
      });
      if (decision !== 'allow') return false;
    }
    return true;
  }

  /** What the relay publishes, under the names that it is stored by. */
  private travelling(): Map<string, Set<string>> {
    const groups = new Map<string, Set<string>>();
    for (const { key } of this.registry.all()) {
      if (withheldResources.includes(key)) continue;
      const { group, plural } = splitResource(key);
      const plurals = groups.get(group) ?? new Set();
      groups.set(group, plurals.add(plural));
    }
    return groups;
  }
}

/** The field by which a node's own pods, or the Node itself, are told from others'. */
function ownField(resource: string, node: string): Following['field'] {
  if (resource === 'pods') return { name: 'spec.nodeName', value: node };
  return resource === 'nodes' ? { name: 'metadata.name', value: node } : undefined;
}
