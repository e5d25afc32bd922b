import { field, type FieldError } from '@nestor/api';
import { parsePattern, type ResourcePattern } from './resource-pattern';

const notRest: ReadonlySet<string> = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']);

/** What a list of resources may not say: the same twice, patterns that hide each other, names that are no resource's. */
export function resourceListErrors(resources: readonly string[], path: string): FieldError[] {
  const patterns = resources.map(parsePattern);
  const pairs = patterns.flatMap((one, index) => patterns.slice(index + 1).map((other) => [one, other] as const));
  const errors: FieldError[] = [];
  if (pairs.some(([one, other]) => isSame(one, other))) {
    errors.push(field.invalid(path, resources, 'the same resource cannot be specified multiple times'));
  }
  if (pairs.some(([one, other]) => !isSame(one, other) && overlap(one, other))) {
    const why =
      "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
    errors.push(field.invalid(path, resources, why));
  }
  for (const [index, name] of resources.entries()) {
    const why = problemOf(name);
    if (why) errors.push(field.invalid(`${path}[${index}]`, name, why));
  }
  return errors;
}

const isSame = (one: ResourcePattern, other: ResourcePattern): boolean =>
  one.resource === other.resource && one.group === other.group;
const isEverything = ({ resource, group }: ResourcePattern): boolean => resource === '*' && group === '*';

function overlap(one: ResourcePattern, other: ResourcePattern): boolean {
  if (isEverything(one) || isEverything(other)) return true;
  return one.group === other.group && (one.resource === '*' || other.resource === '*');
}

function problemOf(name: string): string | undefined {
  if (name !== name.toLowerCase()) return 'resource name should not contain capital letters';
  if (name === '*') {
    return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  }
  if (notRest.has(name)) return 'resources which do not have REST API/s cannot be encrypted';
  const { resource, group } = parsePattern(name);
  if (group === 'events.k8s.io') {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  }
  if (group === 'extensions') return "'extensions' group has been removed and cannot be used for encryption";
  if (group === '*' && resource !== '*') return 'encrypting the same resource across groups is not supported';
  return undefined;
}
