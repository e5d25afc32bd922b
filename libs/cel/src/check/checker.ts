import type { Call, Comprehension, Expr, Ident, OptionalMap, Select, StructLiteral } from '../syntax/ast';
import type { CelIssue } from '../syntax/issue';
import {
  BOOL,
  BYTES,
  CelType,
  DOUBLE,
  DYN,
  ERROR,
  firstParam,
  formatType,
  INT,
  isDyn,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  secondParam,
  STRING,
  typeOf,
  UINT,
} from '../types/cel-type';
import { flattenOptional, Substitution, withoutOptional } from '../types/substitution';
import type { Overload } from '../types/signature';
import { typeName } from '../values/value-type';
import type { Value } from '../values/value';
import { FunctionTable } from './function-table';
import { typeIdentifiers } from './type-identifiers';
import { checkLiteralArgument } from './literal-arguments';

/** What an expression may name. */
export interface Declarations {
  readonly variables: Readonly<Record<string, CelType>>;
  readonly functions: FunctionTable;
  /** Types that expressions may make objects of: Object.spec{...}. */
  readonly struct?: (name: string) => CelType | undefined;
}

/** Finds the type of every part, and all that cannot be right; parts with mistakes are of type error, which suits everything. */
export class Checker {
  readonly issues: CelIssue[] = [];
  /** Variables of the environment that the expression reads. */
  readonly references = new Set<string>();
  private readonly types = new Substitution();
  private readonly scopes: Map<string, CelType>[] = [];
  private readonly checked: Expr[] = [];
  /** Above nought in the arguments of format, whose list holds values of any kinds. */
  private mixing = 0;

  constructor(private readonly declared: Declarations) {}

  check(expr: Expr): CelType {
    const type = this.visit(expr);
    for (const one of this.checked) one.type = this.types.resolve(one.type ?? DYN);
    return this.types.resolve(type);
  }

  private visit(expr: Expr): CelType {
    const type = this.typeOf(expr);
    expr.type = type;
    this.checked.push(expr);
    return type;
  }

  private typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case 'literal':
        return literalType(expr.value);
      case 'ident':
        return this.ident(expr);
      case 'select':
        return this.select(expr);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr.elements);
      case 'map':
        return this.map(expr.entries);
      case 'struct':
        return this.struct(expr);
      case 'comprehension':
        return this.comprehension(expr);
      case 'optionalMap':
        return this.optionalMap(expr);
      case 'binding':
        return this.visitWith(expr.variable, this.visit(expr.value), expr.body);
    }
  }

  private wrong(pos: number, message: string): CelType {
    this.issues.push({ pos, message });
    return ERROR;
  }

  private ident({ name, pos }: Ident): CelType {
    return (
      this.variable(name) ??
      this.typeIdentifier(name) ??
      this.wrong(pos, `undeclared reference to '${name}' (in container '')`)
    );
  }

  private variable(name: string): CelType | undefined {
    for (let depth = this.scopes.length - 1; depth >= 0; depth -= 1) {
      const local = this.scopes[depth]?.get(name);
      if (local) return local;
    }
    if (!Object.hasOwn(this.declared.variables, name)) return undefined;
    this.references.add(name);
    return this.declared.variables[name];
  }

  private typeIdentifier(name: string): CelType | undefined {
    const known = typeIdentifiers.get(name);
    if (known) return typeOf(known);
    return this.declared.functions.typeNames.has(name) ? typeOf({ kind: 'opaque', name, params: [] }) : undefined;
  }

  private select(expr: Select): CelType {
    const dotted = dottedName(expr);
    const root = dotted?.slice(0, dotted.indexOf('.'));
    if (dotted !== undefined && root !== undefined) {
      const named = this.isDeclared(root) ? undefined : this.typeIdentifier(dotted);
      if (named) return named;
      // A variable may have a dotted name, which goes before a field of that name.
      const variable = this.isLocal(root) ? undefined : this.variable(dotted);
      if (variable) {
        expr.variable = dotted;
        return variable;
      }
    }
    const operand = this.types.resolve(this.visit(expr.operand), 'keep');
    const found = this.field(withoutOptional(operand), expr);
    if (expr.form === 'test') return BOOL;
    return expr.form === 'optional' || operand.kind === 'optional' ? flattenOptional(found) : found;
  }

  private isLocal(name: string): boolean {
    return this.scopes.some((scope) => scope.has(name));
  }

  private isDeclared(name: string): boolean {
    return this.isLocal(name) || Object.hasOwn(this.declared.variables, name);
  }

  private field(type: CelType, { field, pos }: Select): CelType {
    if (isDyn(type)) return DYN;
    if (type.kind === 'param') {
      this.types.isAssignable(type, DYN);
      return DYN;
    }
    if (type.kind === 'map') return secondParam(type);
    if (type.kind === 'object') return type.field?.(field)?.type ?? this.wrong(pos, `undefined field '${field}'`);
    return this.wrong(pos, `type '${formatType(type)}' does not support field selection`);
  }

  private call(expr: Call): CelType {
    const qualified = this.qualifiedFunction(expr);
    if (qualified !== undefined) {
      expr.qualified = qualified;
      return this.resolve(expr, qualified, false, expr.args);
    }
    const args = expr.target ? [expr.target, ...expr.args] : expr.args;
    return this.resolve(expr, expr.function, expr.target !== undefined, args);
  }

  /** sets.contains(a, b) is no member of a variable sets, unless there is one. */
  private qualifiedFunction({ target, function: name }: Call): string | undefined {
    const namespace = target && dottedName(target);
    if (namespace === undefined || this.isDeclared(namespace.split('.')[0] ?? '')) return undefined;
    const qualified = `${namespace}.${name}`;
    return this.declared.functions.overloads(qualified) ? qualified : undefined;
  }

  private resolve(expr: Call, name: string, member: boolean, args: readonly Expr[]): CelType {
    const overloads = this.declared.functions.overloads(name);
    if (name === 'format') this.mixing += 1;
    const given = args.map((arg) => this.visit(arg));
    if (name === 'format') this.mixing -= 1;
    if (!overloads) return this.wrong(expr.pos, `undeclared reference to '${name}' (in container '')`);
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      if (overload.member !== member) continue;
      const [made = DYN, ...params] = this.types.instantiate([overload.result, ...overload.params]);
      if (!this.types.assignAll(params, given)) continue;
      fitting.push(overload);
      const type = this.types.resolve(made, 'keep');
      result = result === undefined ? type : sameType(result, type) ? result : DYN;
    }
    if (result === undefined) return this.noOverload(expr, name, member, given);
    expr.overloads = fitting;
    checkLiteralArgument(name, expr, this.issues);
    return result;
  }

  private noOverload({ pos }: Call, name: string, member: boolean, given: readonly CelType[]): CelType {
    const types = given.map((type) => this.types.resolve(type, 'keep'));
    if (types.some(({ kind }) => kind === 'error')) return ERROR;
    const [target, ...rest] = types.map((type) => formatType(this.types.resolve(type)));
    const signature = member
      ? `${target}.(${rest.join(', ')})`
      : `(${[target, ...rest].filter((one) => one !== undefined).join(', ')})`;
    return this.wrong(pos, `found no matching overload for '${name}' applied to '${signature}'`);
  }

  private list(elements: readonly { readonly value: Expr; readonly optional: boolean }[]): CelType {
    let element: CelType | undefined;
    for (const { value, optional } of elements) element = this.joined(element, this.element(value, optional), value);
    return listOf(element ?? this.types.newParam());
  }

  private element(value: Expr, optional: boolean): CelType {
    const type = this.types.resolve(this.visit(value), 'keep');
    if (!optional || isDyn(type)) return type;
    if (type.kind === 'optional') return firstParam(type);
    return this.wrong(value.pos, `expected type 'optional_type(${formatType(type)})' but found '${formatType(type)}'`);
  }

  /** Literals are of one kind of element (HomogeneousAggregateLiterals). */
  private joined(held: CelType | undefined, type: CelType, { pos }: Expr): CelType {
    if (held === undefined) return type;
    if (this.types.isAssignable(held, type)) return isDyn(type) ? type : held;
    if (this.mixing > 0) return DYN;
    const [wanted, found] = [held, type].map((one) => formatType(this.types.resolve(one)));
    return this.wrong(pos, `expected type '${wanted}' but found '${found}'`);
  }

  private map(entries: readonly { readonly key: Expr; readonly value: Expr; readonly optional: boolean }[]): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of entries) {
      key = this.joined(key, this.visit(entry.key), entry.key);
      value = this.joined(value, this.element(entry.value, entry.optional), entry.value);
    }
    return mapOf(key ?? this.types.newParam(), value ?? this.types.newParam());
  }

  private struct({ name, fields, pos }: StructLiteral): CelType {
    const type = this.declared.struct?.(name);
    if (!type) {
      for (const { value } of fields) this.visit(value);
      return this.wrong(pos, `undeclared reference to '${name}' (in container '')`);
    }
    for (const field of fields) {
      const found = this.element(field.value, field.optional);
      const wanted = type.field?.(field.name)?.type;
      if (!wanted) this.wrong(field.pos, `undefined field '${field.name}'`);
      else if (!this.types.isAssignable(wanted, found)) {
        const text = `'${formatType(wanted)}' but provided type is '${formatType(this.types.resolve(found))}'`;
        this.wrong(field.pos, `expected type of field '${field.name}' is ${text}`);
      }
    }
    return type;
  }

  private comprehension(expr: Comprehension): CelType {
    const range = this.types.resolve(this.visit(expr.range), 'keep');
    const scope = this.iteration(expr, range);
    this.scopes.push(scope);
    if (expr.filter) this.condition(expr.filter, expr);
    const type = this.comprehensionResult(expr, range);
    this.scopes.pop();
    return type;
  }

  private iteration({ variables, range: { pos } }: Comprehension, range: CelType): Map<string, CelType> {
    const [first = '', second] = variables;
    const [key, value] = this.entryTypes(range, pos);
    if (second !== undefined)
      return new Map([
        [first, key],
        [second, value],
      ]);
    return new Map([[first, range.kind === 'map' ? key : value]]);
  }

  private entryTypes(range: CelType, pos: number): [CelType, CelType] {
    if (range.kind === 'list') return [INT, firstParam(range)];
    if (range.kind === 'map') return [firstParam(range), secondParam(range)];
    if (range.kind === 'param') this.types.isAssignable(range, DYN);
    else if (!isDyn(range)) {
      const text = 'cannot be range of a comprehension (must be list, map, or dynamic)';
      this.wrong(pos, `expression of type '${formatType(range)}' ${text}`);
    }
    return [DYN, DYN];
  }

  private comprehensionResult(expr: Comprehension, range: CelType): CelType {
    switch (expr.form) {
      case 'all':
      case 'exists':
      case 'existsOne':
        this.condition(expr.body, expr);
        return BOOL;
      case 'filter':
        this.condition(expr.body, expr);
        return listOf(range.kind === 'map' ? firstParam(range) : range.kind === 'list' ? firstParam(range) : DYN);
      case 'map':
      case 'transformList':
        return listOf(this.visit(expr.body));
      case 'transformMap':
        return mapOf(this.entryTypes(range, expr.range.pos)[0], this.visit(expr.body));
      case 'transformMapEntry': {
        const made = this.types.resolve(this.visit(expr.body), 'keep');
        return made.kind === 'map' ? made : mapOf(DYN, DYN);
      }
    }
  }

  /** The operator that the macro's expansion would apply to its condition, for the words of the error. */
  private condition(expr: Expr, { form, filter, pos }: Comprehension): void {
    const type = this.visit(expr);
    if (this.types.isAssignable(BOOL, type)) return;
    const found = formatType(this.types.resolve(type));
    const [operator, applied] =
      expr !== filter && form === 'all'
        ? ['_&&_', `bool, ${found}`]
        : expr !== filter && form === 'exists'
          ? ['_||_', `bool, ${found}`]
          : ['_?_:_', form === 'existsOne' ? `${found}, int, int` : `${found}, list(dyn), list(dyn)`];
    this.wrong(pos, `found no matching overload for '${operator}' applied to '(${applied})'`);
  }

  private optionalMap({ target, variable, body, flat, pos }: OptionalMap): CelType {
    const type = this.types.resolve(this.visit(target), 'keep');
    if (type.kind !== 'optional' && !isDyn(type)) {
      this.visitWith(variable, DYN, body);
      return this.wrong(pos, `found no matching overload for 'hasValue' applied to '${formatType(type)}.()'`);
    }
    const result = this.types.resolve(
      this.visitWith(variable, type.kind === 'optional' ? firstParam(type) : DYN, body),
      'keep',
    );
    if (!flat) return optionalOf(result);
    return result.kind === 'optional' || isDyn(result)
      ? flattenOptional(result)
      : this.wrong(pos, flatMismatch(result));
  }

  private visitWith(variable: string, type: CelType, body: Expr): CelType {
    this.scopes.push(new Map([[variable, type]]));
    const result = this.visit(body);
    this.scopes.pop();
    return result;
  }
}

const flatMismatch = (result: CelType): string =>
  `found no matching overload for '_?_:_' applied to '(bool, ${formatType(result)}, optional_type(${formatType(result)}))'`;

function literalType(value: Value): CelType {
  switch (typeName(value)) {
    case 'bool':
      return BOOL;
    case 'int':
      return INT;
    case 'uint':
      return UINT;
    case 'double':
      return DOUBLE;
    case 'string':
      return STRING;
    case 'bytes':
      return BYTES;
    default:
      return NULL;
  }
}

const sameType = (a: CelType, b: CelType): boolean => formatType(a) === formatType(b);

/** a.b.c of plain names, or undefined. */
export function dottedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.form !== 'value') return undefined;
  const operand = dottedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}
