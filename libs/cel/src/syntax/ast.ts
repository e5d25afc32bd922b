import type { CelType } from '../types/cel-type';
import type { Overload } from '../types/signature';
import type { Value } from '../values/value';

interface Node {
  /** Offset in the source that messages point at. */
  readonly pos: number;
  /** Set by the checker. */
  type?: CelType;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}
export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}
/** a.b, a.?b, and has(a.b), which asks whether it is there. */
export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  readonly form: 'value' | 'optional' | 'test';
  /** Set by the checker where all of it is the name of a variable: authorizer.requestResource. */
  variable?: string;
}
/** Functions and operators alike; operators are named as cel-go names them, "_+_". */
export interface Call extends Node {
  readonly kind: 'call';
  readonly function: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
  /** Set by the checker: what may be called, by the types that are known. */
  overloads?: readonly Overload[];
  /** Set by the checker where the target is the namespace of a function: sets.contains. */
  qualified?: string;
}
export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly elements: readonly { readonly value: Expr; readonly optional: boolean }[];
}
export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expr; readonly value: Expr; readonly optional: boolean }[];
}
export interface StructLiteral extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly {
    readonly name: string;
    readonly value: Expr;
    readonly optional: boolean;
    readonly pos: number;
  }[];
}

export type ComprehensionForm =
  'all' | 'exists' | 'existsOne' | 'map' | 'filter' | 'transformList' | 'transformMap' | 'transformMapEntry';

/** What a macro over a list or map stands for. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly form: ComprehensionForm;
  readonly range: Expr;
  /** One variable: element of a list or key of a map. Two: index and element, or key and value. */
  readonly variables: readonly string[];
  /** Which elements are looked at, where the macro has a condition beside its result. */
  readonly filter?: Expr;
  /** The condition, or what the result is made of. */
  readonly body: Expr;
}
/** optMap and optFlatMap: the body with the optional's value, if it has one. */
export interface OptionalMap extends Node {
  readonly kind: 'optionalMap';
  readonly target: Expr;
  readonly variable: string;
  readonly body: Expr;
  readonly flat: boolean;
}

/** cel.bind: a name for a value within the body. */
export interface Binding extends Node {
  readonly kind: 'binding';
  readonly variable: string;
  readonly value: Expr;
  readonly body: Expr;
}

export type Expr =
  Literal | Ident | Select | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension | OptionalMap | Binding;
