import type { Attributes } from './attributes';
import type { PolicyRule } from './policy-rule';

const all = '*';

/** Who gives a resource: to every name of it, or to some. */
interface Resource<T> {
  every?: T;
  byName?: Map<string, T>;
}
type Groups<T> = Map<string, Map<string, Resource<T>>>;

interface Paths<T> {
  exact: Map<string, T>;
  prefixes: [prefix: string, giver: T][];
}

/**
 * Rules by what they allow, each with who gives it: a decision is a few look-ups, however many rules there are. It finds
 * the same as ruleAllows of every rule, and of several givers the first that was added to the place it looks at.
 */
export class RuleIndex<T extends object> {
  private readonly verbs = new Map<string, Groups<T>>();
  private readonly paths = new Map<string, Paths<T>>();

  add(rules: readonly PolicyRule[], giver: T): void {
    for (const rule of rules) {
      for (const verb of rule.verbs) {
        for (const group of rule.apiGroups ?? []) {
          for (const resource of rule.resources ?? []) this.addResource(rule, [verb, group, resource], giver);
        }
        for (const url of rule.nonResourceURLs ?? []) this.addPath(verb, url, giver);
      }
    }
  }

  /** Who gives the right to do it. */
  find(attributes: Attributes): T | undefined {
    const { verb, resource, path } = attributes;
    if (resource === '') return findPath(this.paths.get(verb), path) ?? findPath(this.paths.get(all), path);
    const groups = this.verbs.get(verb);
    const anyVerb = this.verbs.get(all);
    return (groups && findGroup(groups, attributes)) ?? (anyVerb && findGroup(anyVerb, attributes));
  }

  private addResource(
    { resourceNames }: PolicyRule,
    [verb, group, resource]: readonly [string, string, string],
    giver: T,
  ): void {
    const groups = entry(this.verbs, verb, (): Groups<T> => new Map());
    const resources = entry(groups, group, () => new Map<string, Resource<T>>());
    const found = entry(resources, resource, (): Resource<T> => ({}));
    if (!resourceNames?.length) found.every ??= giver;
    else for (const name of resourceNames) entry((found.byName ??= new Map()), name, () => giver);
  }

  private addPath(verb: string, url: string, giver: T): void {
    const paths = entry(this.paths, verb, (): Paths<T> => ({ exact: new Map(), prefixes: [] }));
    if (url.endsWith(all)) paths.prefixes.push([url.replace(/\*+$/, ''), giver]);
    entry(paths.exact, url, () => giver);
  }
}

function findGroup<T>(groups: Groups<T>, attributes: Attributes): T | undefined {
  const own = groups.get(attributes.apiGroup);
  const any = groups.get(all);
  return (own && findResource(own, attributes)) ?? (any && findResource(any, attributes));
}

function findResource<T>(resources: Map<string, Resource<T>>, attributes: Attributes): T | undefined {
  const { resource, subresource, name } = attributes;
  const found = findName(resources.get(all), name);
  if (found !== undefined) return found;
  if (subresource === '') return findName(resources.get(resource), name);
  return (
    findName(resources.get(`${resource}/${subresource}`), name) ?? findName(resources.get(`*/${subresource}`), name)
  );
}

function findName<T>(found: Resource<T> | undefined, name: string): T | undefined {
  return found && (found.every ?? found.byName?.get(name));
}

function findPath<T>(paths: Paths<T> | undefined, path: string): T | undefined {
  if (!paths) return undefined;
  const exact = paths.exact.get(path);
  if (exact !== undefined) return exact;
  for (const [prefix, giver] of paths.prefixes) if (path.startsWith(prefix)) return giver;
  return undefined;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
