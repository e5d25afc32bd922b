import { dottedName } from '../check/checker';
import { typeIdentifiers } from '../check/type-identifiers';
import type { FunctionTable } from '../check/function-table';
import { callCost } from '../cost/call-cost';
import type { Declared } from '../library/library';
import type {
  Binding,
  Call,
  Comprehension,
  Expr,
  ListLiteral,
  MapLiteral,
  OptionalMap,
  Select,
  StructLiteral,
} from '../syntax/ast';
import { CelType, DYN } from '../types/cel-type';
import { CelError, noSuchOverload } from '../values/cel-error';
import { ValueList } from '../values/list';
import { KeyValue, StructValue, ValueMap } from '../values/map';
import { Optional } from '../values/optional';
import { TypeValue } from '../values/type-value';
import type { Value } from '../values/value';
import { fits, typeName } from '../values/value-type';
import { index, optionalIndex, optionalSelect, select, test } from './access';
import { comprehensions } from './comprehensions';
import type { Frame, Step } from './frame';
import { and, conditional, or } from './logic';
import { binaryOperators, unaryOperators } from './operators';

/** Makes functions of a checked expression, so that evaluating walks no tree and looks up no name. */
export class Compiler {
  /** The environment's variables that are read, by slot. */
  readonly globals = new Map<string, number>();
  slots = 0;
  private readonly scopes: Map<string, number>[] = [];
  /** How the values of names that cel.bind gives are made, by slot. */
  private readonly lazy = new Map<number, Step>();

  constructor(private readonly functions: FunctionTable) {}

  compile(expr: Expr): Step {
    switch (expr.kind) {
      case 'literal': {
        const { value } = expr;
        return () => value;
      }
      case 'ident':
        return this.identifier(expr.name, expr.type ?? DYN);
      case 'select':
        return this.select(expr);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return this.struct(expr);
      case 'comprehension':
        return this.comprehension(expr);
      case 'optionalMap':
        return this.optionalMap(expr);
      case 'binding':
        return this.binding(expr);
    }
  }

  private identifier(name: string, type: CelType): Step {
    const local = this.local(name);
    if (local === undefined && type.kind === 'type' && !this.globals.has(name)) return typeStep(name);
    const slot = local ?? this.global(name);
    const lazy = this.lazy.get(slot);
    if (lazy) return lazyStep(slot, lazy);
    return (frame) => {
      frame.charge(1);
      const held = frame.slots[slot];
      if (held === undefined) throw new CelError(`no such attribute(s): ${name}`);
      return held;
    };
  }

  private local(name: string): number | undefined {
    for (let depth = this.scopes.length - 1; depth >= 0; depth -= 1) {
      const slot = this.scopes[depth]?.get(name);
      if (slot !== undefined) return slot;
    }
    return undefined;
  }

  private global(name: string): number {
    const known = this.globals.get(name);
    if (known !== undefined) return known;
    const slot = this.slots++;
    this.globals.set(name, slot);
    return slot;
  }

  private select(expr: Select): Step {
    if (expr.variable !== undefined) return this.identifier(expr.variable, DYN);
    if (expr.operand.type === undefined) return typeStep(dottedName(expr) ?? '');
    const operand = this.compile(expr.operand);
    if (expr.form === 'test') return test(operand, expr.field);
    return expr.form === 'optional' ? optionalSelect(operand, expr.field) : select(operand, expr.field);
  }

  private call(expr: Call): Step {
    const parts = expr.target && expr.qualified === undefined ? [expr.target, ...expr.args] : expr.args;
    const args = parts.map((arg) => this.compile(arg));
    const [first, second, third] = args;
    if (!expr.target && first) {
      const operator = operatorStep(expr.function, first, second, third);
      if (operator) return operator;
    }
    return this.functionCall(expr, args);
  }

  private functionCall(expr: Call, args: readonly Step[]): Step {
    const name = expr.qualified ?? expr.function;
    const member = expr.qualified === undefined && expr.target !== undefined;
    const overloads = (this.functions.overloads(name) ?? []).filter(
      (one) => one.member === member && one.params.length === args.length,
    );
    return (frame) => {
      const values: Value[] = [];
      for (const arg of args) values.push(arg(frame));
      return invoke(name, overloads, values, frame);
    };
  }

  private list({ elements }: ListLiteral): Step {
    const steps = elements.map(({ value, optional }) => ({ step: this.compile(value), optional }));
    if (elements.every(({ value, optional }) => value.kind === 'literal' && !optional)) {
      const constant = new ValueList(elements.map(({ value }) => (value as Expr & { kind: 'literal' }).value));
      return () => constant;
    }
    return (frame) => {
      const items: Value[] = [];
      for (const { step, optional } of steps) {
        const value = step(frame);
        if (!optional) items.push(value);
        else if (!(value instanceof Optional)) throw noSuchOverload();
        else if (value.value !== undefined) items.push(value.value);
      }
      frame.charge(10);
      return new ValueList(items);
    };
  }

  private map({ entries }: MapLiteral): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.compile(key),
      value: this.compile(value),
      optional,
    }));
    return (frame) => {
      const made = new ValueMap();
      for (const { key, value, optional } of steps) insert(made, key(frame), value(frame), optional);
      frame.charge(30);
      return made;
    };
  }

  private struct({ fields, type = DYN }: StructLiteral): Step {
    const steps = fields.map(({ name, value, optional }) => ({ name, step: this.compile(value), optional }));
    return (frame) => {
      const made = new Map<string, Value>();
      for (const { name, step, optional } of steps) {
        const value = step(frame);
        if (!optional) made.set(name, value);
        else if (value instanceof Optional && value.value !== undefined) made.set(name, value.value);
      }
      frame.charge(40);
      return new StructValue(type.name ?? '', made, type);
    };
  }

  private comprehension({ form, range, variables, filter, body }: Comprehension): Step {
    const compiled = this.compile(range);
    const scope = new Map(variables.map((name) => [name, this.slots++]));
    this.scopes.push(scope);
    const loop = {
      range: compiled,
      slots: [...scope.values()],
      ...(filter ? { filter: this.compile(filter) } : {}),
      body: this.compile(body),
    };
    this.scopes.pop();
    return comprehensions[form](loop);
  }

  /** As in cel-go the value is made when the name is first read, if it is. */
  private binding({ variable, value, body }: Binding): Step {
    const from = this.compile(value);
    const slot = this.slots++;
    this.lazy.set(slot, from);
    this.scopes.push(new Map([[variable, slot]]));
    const then = this.compile(body);
    this.scopes.pop();
    return (frame) => {
      frame.slots[slot] = undefined;
      return then(frame);
    };
  }

  private optionalMap({ target, variable, body, flat }: OptionalMap): Step {
    const from = this.compile(target);
    const slot = this.slots++;
    this.scopes.push(new Map([[variable, slot]]));
    const then = this.compile(body);
    this.scopes.pop();
    return (frame) => {
      const held = from(frame);
      if (!(held instanceof Optional)) throw noSuchOverload();
      frame.charge(1);
      if (held.value === undefined) return Optional.none;
      frame.slots[slot] = held.value;
      const made = then(frame);
      return flat ? made : Optional.of(made);
    };
  }
}

function lazyStep(slot: number, make: Step): Step {
  return (frame) => {
    frame.charge(1);
    const held = frame.slots[slot];
    if (held !== undefined) return held;
    const made = make(frame);
    frame.slots[slot] = made;
    return made;
  };
}

function typeStep(name: string): Step {
  const value = new TypeValue(typeIdentifiers.get(name)?.kind === 'optional' ? 'optional_type' : name);
  return (frame) => {
    frame.charge(1);
    return value;
  };
}

function operatorStep(name: string, first: Step, second?: Step, third?: Step): Step | undefined {
  if (!second) return unaryOperators[name]?.(first);
  if (third) return name === '_?_:_' ? conditional(first, second, third) : undefined;
  switch (name) {
    case '_&&_':
      return and(first, second);
    case '_||_':
      return or(first, second);
    case '_[_]':
      return index(first, second);
    case '_[?_]':
      return optionalIndex(first, second);
    default:
      return binaryOperators[name]?.(first, second);
  }
}

/** The first overload whose arguments these are: types alone tell them apart. */
function invoke(name: string, overloads: readonly Declared[], values: Value[], frame: Frame): Value {
  for (const { params, id, call } of overloads) {
    if (!params.every((type, at) => fits(values[at] as Value, type))) continue;
    const before = callCost(name, id, values);
    frame.charge(before);
    return call(...(values as never[]));
  }
  throw noSuchOverload();
}

function insert(made: ValueMap, key: Value, value: Value, optional: boolean): void {
  if (!keyTypes.has(typeName(key))) throw new CelError(`unsupported key type: ${typeName(key)}`);
  if (made.has(key as KeyValue)) throw new CelError(`Failed with repeated key`);
  if (!optional) made.set(key as KeyValue, value);
  else if (!(value instanceof Optional)) throw noSuchOverload();
  else if (value.value !== undefined) made.set(key as KeyValue, value.value);
}

const keyTypes: ReadonlySet<string> = new Set(['string', 'int', 'uint', 'bool']);
