import type { Binding, Call, Comprehension, Expr, ListLiteral, MapLiteral } from '../syntax/ast';
import { CelType, DYN, firstParam } from '../types/cel-type';
import { sizeOf } from '../values/size';
import { Argument, callEstimate } from './call-estimates';
import { exactly, plus, Range, times, union, unknownSize } from './range';

export type CostEstimate = Range;

/**
 * What an expression may cost, by cel-go's reckoning (checker/cost.go): sizes come from literals and from the bounds that
 * a schema gives its types. A rule of a CustomResourceDefinition is refused by it, so a number too high or low shows.
 */
export function estimateCost(expr: Expr, variables: Readonly<Record<string, CelType>>): CostEstimate {
  return new Estimator(variables).cost(expr);
}

const READ = exactly(1);
const LIST = exactly(10);
const MAP = exactly(30);
const STRUCT = exactly(40);

const scalars: ReadonlySet<string> = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'null_type',
  'type',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
]);

class Estimator {
  /** Sizes of what calls and macros make, known once their cost is. */
  private readonly sizes = new Map<Expr, Range>();
  private readonly locals = new Map<string, Range[]>();

  constructor(private readonly variables: Readonly<Record<string, CelType>>) {}

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return exactly(0);
      case 'ident':
        return READ;
      case 'select':
        return plus(this.cost(expr.operand), this.isRead(expr) ? READ : exactly(0));
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return plus(STRUCT, ...expr.fields.map(({ value }) => this.cost(value)));
      case 'comprehension':
        return this.comprehension(expr);
      case 'optionalMap': {
        const target = this.cost(expr.target);
        return this.within([expr.variable], [unknownSize], () => plus(target, exactly(4), this.cost(expr.body)));
      }
      case 'binding':
        return this.binding(expr);
    }
  }

  /** has(a.b) costs no more than a; a field of what has no declared type is not counted either. */
  private isRead(expr: Expr & { kind: 'select' }): boolean {
    const kind = expr.operand.type?.kind;
    return expr.form === 'optional' || (expr.form === 'value' && (kind === 'map' || kind === 'object'));
  }

  size(expr: Expr): Range {
    const known = this.sizes.get(expr);
    if (known) return known;
    if (expr.kind === 'literal') return exactly(sizeOf(expr.value) ?? 1);
    if (expr.kind === 'list') return exactly(expr.elements.length);
    if (expr.kind === 'map') return exactly(expr.entries.length);
    if (expr.kind === 'ident' || expr.kind === 'select' || isIndex(expr)) return this.readSize(expr);
    return scalars.has(expr.type?.kind ?? '') ? exactly(1) : unknownSize;
  }

  private readSize(expr: Expr): Range {
    const type = expr.kind === 'ident' ? (this.declared(expr.name) ?? expr.type) : expr.type;
    if (type?.maxElements !== undefined) return { min: 0, max: type.maxElements };
    if (scalars.has(expr.type?.kind ?? '')) return exactly(1);
    const local = expr.kind === 'ident' ? this.locals.get(expr.name)?.at(-1) : undefined;
    return local ?? unknownSize;
  }

  private declared(name: string): CelType | undefined {
    return this.locals.get(name)?.length ? undefined : this.variables[name];
  }

  private call(expr: Call): Range {
    const target = expr.target && expr.qualified === undefined ? expr.target : undefined;
    const costs = expr.args.map((arg) => this.cost(arg));
    const operator = this.shortCircuit(expr, costs);
    if (operator) return operator;
    const estimate = callEstimate(
      expr,
      target && this.argument(target),
      expr.args.map((arg) => this.argument(arg)),
    );
    if (estimate.size) this.sizes.set(expr, estimate.size);
    return plus(target ? this.cost(target) : exactly(0), ...costs, estimate.cost);
  }

  private argument(expr: Expr): Argument {
    const type = expr.type ?? DYN;
    return { type, size: this.size(expr), element: this.elementSize(expr, type) };
  }

  private elementSize(expr: Expr, type: CelType): Range {
    if (expr.kind === 'list') return this.unionOfSizes(expr.elements.map(({ value }) => value));
    const element = firstParam(type);
    if (element.maxElements !== undefined) return { min: 0, max: element.maxElements };
    return scalars.has(element.kind) ? exactly(1) : unknownSize;
  }

  private unionOfSizes(exprs: readonly Expr[]): Range {
    return exprs.length ? exprs.map((one) => this.size(one)).reduce(union) : exactly(0);
  }

  /** What is evaluated only in part: the second operand of && and ||, one branch of a ternary. */
  private shortCircuit(expr: Call, costs: readonly Range[]): Range | undefined {
    const [first = exactly(0), second = exactly(0), third = exactly(0)] = costs;
    if (expr.function === '_&&_' || expr.function === '_||_') return { min: first.min, max: first.max + second.max };
    if (expr.function !== '_?_:_') return undefined;
    this.sizes.set(expr, this.unionOfSizes(expr.args.slice(1)));
    return plus(first, union(second, third));
  }

  private list({ elements }: ListLiteral): Range {
    return plus(LIST, ...elements.map(({ value }) => this.cost(value)));
  }

  private map({ entries }: MapLiteral): Range {
    return plus(MAP, ...entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]));
  }

  private comprehension(expr: Comprehension): Range {
    const range = this.cost(expr.range);
    const count = this.size(expr.range);
    const element = this.elementSize(expr.range, expr.range.type ?? DYN);
    const sizes = expr.variables.length === 2 ? [exactly(1), element] : [element];
    const turn = this.within(expr.variables, sizes, () => this.turn(expr));
    const [start, end] = this.around(expr);
    if (makesContainer.has(expr.form)) this.sizes.set(expr, count);
    return plus(range, start, times(count, turn), end);
  }

  /** cel-go writes it out as a loop over an empty list, whose making counts. */
  private binding(expr: Binding): Range {
    const value = this.cost(expr.value);
    return this.within([expr.variable], [this.size(expr.value)], () => {
      const body = this.cost(expr.body);
      this.sizes.set(expr, this.size(expr.body));
      return plus(LIST, value, body);
    });
  }

  private within<T>(names: readonly string[], sizes: readonly Range[], work: () => T): T {
    names.forEach((name, at) => this.locals.set(name, [...(this.locals.get(name) ?? []), sizes[at] ?? unknownSize]));
    const result = work();
    for (const name of names) this.locals.get(name)?.pop();
    return result;
  }

  /** One turn of the loop that cel-go writes the macro out as: its condition, and the step that extends the result. */
  private turn({ form, filter, body }: Comprehension): Range {
    const made = this.cost(body);
    const condition = filter ? this.cost(filter) : undefined;
    const taken = (step: Range): Range => (condition ? plus(condition, union(step, READ)) : step);
    switch (form) {
      case 'all':
        return { min: 3, max: 3 + made.max };
      case 'exists':
        return { min: 4, max: 4 + made.max };
      case 'existsOne':
        return plus(made, { min: 1, max: 2 });
      case 'filter':
        return plus(made, { min: 1, max: 13 });
      case 'map':
      case 'transformList':
        return taken(plus(made, exactly(12)));
      case 'transformMap':
        return taken(plus(made, exactly(3)));
      case 'transformMapEntry':
        return taken(plus(made, exactly(2)));
    }
  }

  /** What the loop begins and ends with. */
  private around({ form }: Comprehension): [Range, Range] {
    if (form === 'existsOne') return [exactly(0), exactly(2)];
    if (!makesContainer.has(form)) return [exactly(0), READ];
    return [form.startsWith('transformMap') ? MAP : LIST, READ];
  }
}

const makesContainer: ReadonlySet<string> = new Set([
  'map',
  'filter',
  'transformList',
  'transformMap',
  'transformMapEntry',
]);

const isIndex = (expr: Expr): boolean => expr.kind === 'call' && expr.function === '_[_]';
