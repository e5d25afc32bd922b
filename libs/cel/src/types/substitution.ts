import { CelType, DYN, firstParam, isDyn, optionalOf } from './cel-type';

/** What is known about type parameters while one expression is checked. */
export class Substitution {
  private bound = new Map<string, CelType>();
  private fresh = 0;

  /** The overload's types with parameters of their own, so that two calls do not share them. */
  instantiate(types: readonly CelType[]): CelType[] {
    const suffix = `#${this.fresh++}`;
    const rename = (type: CelType): CelType =>
      type.kind === 'param'
        ? { ...type, name: `${type.name}${suffix}` }
        : type.params.length
          ? { ...type, params: type.params.map(rename) }
          : type;
    return types.map(rename);
  }

  newParam(): CelType {
    return { kind: 'param', name: `_var${this.fresh++}`, params: [] };
  }

  /** Whether values of `from` may stand where `to` is wanted; what that says of parameters is kept if all fits. */
  assignAll(to: readonly CelType[], from: readonly CelType[]): boolean {
    const before = new Map(this.bound);
    if (to.length === from.length && to.every((type, index) => this.assign(type, from[index] ?? DYN))) return true;
    this.bound = before;
    return false;
  }

  isAssignable(to: CelType, from: CelType): boolean {
    return this.assignAll([to], [from]);
  }

  /** The type with what is known filled in; parameters that nothing was learnt of become dyn. */
  resolve(type: CelType, unbound: 'keep' | 'dyn' = 'dyn'): CelType {
    if (type.kind === 'param') {
      const known = this.bound.get(type.name ?? '');
      if (known) return this.resolve(known, unbound);
      return unbound === 'dyn' ? DYN : type;
    }
    if (!type.params.length) return type;
    return { ...type, params: type.params.map((inner) => this.resolve(inner, unbound)) };
  }

  private assign(to: CelType, from: CelType): boolean {
    if (to.kind === 'param') return this.assignParam(to, from);
    if (from.kind === 'param') {
      const known = this.bound.get(from.name ?? '');
      return known ? this.assign(to, known) : this.bind(from, to);
    }
    if (isDyn(to) || isDyn(from)) return true;
    if (from.kind === 'null_type') return acceptsNull.has(to.kind);
    if (to.kind === 'null_type') return acceptsNull.has(from.kind);
    if (to.kind !== from.kind) return false;
    if ((to.kind === 'object' || to.kind === 'opaque') && to.name !== from.name) return false;
    // type(int) and type(string) are both types: what they are of need not agree.
    if (to.kind === 'type') return true;
    return to.params.every((inner, index) => this.assign(inner, from.params[index] ?? DYN));
  }

  private assignParam(to: CelType, from: CelType): boolean {
    const known = this.bound.get(to.name ?? '');
    if (!known) return this.bind(to, from);
    if (known === from || !this.assign(known, from)) return known === from;
    // The most general of what was seen stands: [1, dyn(x)] is a list of dyn.
    if (from.kind !== 'param' && isDyn(from)) this.bound.set(to.name ?? '', from);
    return true;
  }

  private bind(parameter: CelType, type: CelType): boolean {
    if (type.kind === 'param' && type.name === parameter.name) return true;
    if (this.mentions(type, parameter.name ?? '')) return false;
    this.bound.set(parameter.name ?? '', type);
    return true;
  }

  private mentions(type: CelType, name: string): boolean {
    if (type.kind === 'param') {
      if (type.name === name) return true;
      const known = this.bound.get(type.name ?? '');
      return known !== undefined && this.mentions(known, name);
    }
    return type.params.some((inner) => this.mentions(inner, name));
  }
}

const acceptsNull: ReadonlySet<string> = new Set([
  'null_type',
  'object',
  'opaque',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
]);

/** optional(optional(T)) is never made: selecting twice stays one optional. */
export const flattenOptional = (type: CelType): CelType => (type.kind === 'optional' ? type : optionalOf(type));
export const withoutOptional = (type: CelType): CelType => (type.kind === 'optional' ? firstParam(type) : type);
