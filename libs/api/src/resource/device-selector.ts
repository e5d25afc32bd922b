import {
  BOOL,
  CelMap,
  DYN,
  QuantityValue,
  STRING,
  ValueMap,
  compile,
  formatType,
  isDyn,
  mapOf,
  objectType,
  opaque,
  semverValue,
  type CelEnvironment,
  type CelType,
  type KeyValue,
  type Program,
  type Value,
} from '@nestor/cel';
import type { DeepReadonly, Device } from '../meta/json-types';
import { quantityFrom } from '../meta/quantity';
import { limits } from './limits';

const sized = (type: CelType, maxElements: number): CelType => ({ ...type, maxElements });
const identifier = sized(STRING, limits.identifierLength);
const domain = sized(STRING, limits.domainLength);
const byDomain = (value: CelType): CelType => {
  const inner = sized(mapOf(identifier, value), limits.attributesAndCapacities);
  return sized(mapOf(domain, inner), limits.attributesAndCapacities);
};

/** `device` as selectors see it (k8s.io/dynamic-resource-allocation/cel). */
const environment: CelEnvironment = {
  bindings: true,
  variables: {
    device: objectType('kubernetes.DRADevice', {
      driver: domain,
      attributes: byDomain(sized(DYN, limits.attributeLength)),
      capacity: byDomain(opaque('kubernetes.Quantity')),
      allowMultipleAllocations: BOOL,
    }),
  },
};

/** What a selector is asked about. */
export type SelectableDevice = Pick<DeepReadonly<Device>, 'attributes' | 'capacity' | 'allowMultipleAllocations'> & {
  driver: string;
};

export type DeviceSelector =
  | { readonly error: string }
  | {
      readonly error?: undefined;
      readonly maxCost: number;
      /** Throws where evaluation fails. */
      matches(device: SelectableDevice): boolean;
    };

/** A cluster has a handful of classes; a greater set of expressions starts over. */
const cacheSize = 1000;
const compiled = new Map<string, DeviceSelector>();

export function compileDeviceSelector(expression: string): DeviceSelector {
  const known = compiled.get(expression);
  if (known) return known;
  if (compiled.size >= cacheSize) compiled.clear();
  const selector = compileAnew(expression);
  compiled.set(expression, selector);
  return selector;
}

function compileAnew(expression: string): DeviceSelector {
  const { program, message } = compile(expression, environment) as { program?: Program; message?: string };
  if (!program) return { error: `compilation failed: ${message}` };
  const { resultType } = program;
  if (resultType.kind !== 'bool' && !isDyn(resultType))
    return { error: `must evaluate to bool or the unknown type, not ${formatType(resultType)}` };
  return { maxCost: program.estimateCost().max, matches: (device) => evaluate(program, device) };
}

function evaluate(program: Program, device: SelectableDevice): boolean {
  const result = program.evaluate({ device: deviceValue(device) }, { costLimit: limits.expressionCost });
  if (result.error) throw result.error;
  if (typeof result.value !== 'boolean') throw new Error('CEL result could not be converted to bool');
  return result.value;
}

/** A domain that the device knows nothing of is an empty one. */
class Domains extends CelMap {
  private readonly known = new Map<string, ValueMap>();
  get size(): number {
    return this.known.size;
  }
  get(key: Value): Value | undefined {
    return typeof key === 'string' ? (this.known.get(key) ?? new ValueMap()) : undefined;
  }
  keys(): Iterable<KeyValue> {
    return this.known.keys();
  }
  set(name: string, driver: string, value: Value): void {
    const slash = name.indexOf('/');
    const [of, id] = slash < 0 ? [driver, name] : [name.slice(0, slash), name.slice(slash + 1)];
    const map = this.known.get(of) ?? new ValueMap();
    map.set(id, value);
    this.known.set(of, map);
  }
}

type Attribute = NonNullable<DeepReadonly<Device>['attributes']>[string];

function attributeValue(name: string, { int, bool, string, version }: Attribute): Value {
  if (int !== undefined) return BigInt(int);
  if (bool !== undefined) return bool;
  if (string !== undefined) return string;
  if (version !== undefined) return semverValue(version);
  throw new Error(`attribute ${name}: unsupported attribute value`);
}

function deviceValue({ driver, attributes, capacity, allowMultipleAllocations }: SelectableDevice): ValueMap {
  const [held, amounts] = [new Domains(), new Domains()];
  for (const [name, one] of Object.entries(attributes ?? {})) held.set(name, driver, attributeValue(name, one));
  for (const [name, { value }] of Object.entries(capacity ?? {}))
    amounts.set(name, driver, new QuantityValue(quantityFrom(value)));
  return new ValueMap()
    .set('driver', driver)
    .set('attributes', held)
    .set('capacity', amounts)
    .set('allowMultipleAllocations', allowMultipleAllocations ?? false);
}
