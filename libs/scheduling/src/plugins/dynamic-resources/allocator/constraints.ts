import type { DeepReadonly, Device, ResourceClaim } from '@nestor/api';
import type { Candidate } from './device-pools';

type Constraint = NonNullable<NonNullable<DeepReadonly<ResourceClaim>['spec']['devices']>['constraints']>[number];

/** An attribute by its full name; those of the driver's own domain may be published without it. */
function attributeOf({ device, slice }: Candidate, name: string): string | undefined {
  const own = `${slice.spec.driver}/`;
  const attributes: DeepReadonly<Device>['attributes'] = device.attributes;
  const found = attributes?.[name] ?? (name.startsWith(own) ? attributes?.[name.slice(own.length)] : undefined);
  if (!found) return undefined;
  const kind = (['string', 'int', 'bool', 'version'] as const).find((one) => found[one] !== undefined);
  return kind && `${kind} ${String(found[kind])}`;
}

/** Devices of a claim that must agree in an attribute, or differ in it. */
export class AttributeConstraint {
  private readonly values: string[] = [];
  private readonly requests: ReadonlySet<string>;
  private readonly attribute: string;
  private readonly distinct: boolean;

  constructor({ requests, matchAttribute, distinctAttribute }: Constraint) {
    this.requests = new Set(requests);
    this.attribute = matchAttribute ?? distinctAttribute ?? '';
    this.distinct = matchAttribute === undefined;
  }

  /** `names`: the request, and with its alternative. */
  add(names: readonly string[], candidate: Candidate): boolean {
    if (!this.concerns(names)) return true;
    const value = attributeOf(candidate, this.attribute);
    if (value === undefined) return false;
    const [first] = this.values;
    if (this.distinct ? this.values.includes(value) : first !== undefined && first !== value) return false;
    this.values.push(value);
    return true;
  }

  /** Takes the last one back. */
  remove(names: readonly string[]): void {
    if (this.concerns(names)) this.values.pop();
  }

  private concerns(names: readonly string[]): boolean {
    return this.requests.size === 0 || names.some((name) => this.requests.has(name));
  }
}
