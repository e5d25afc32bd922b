import type { ComprehensionForm, Expr } from './ast';
import { CelSyntaxError } from './issue';

type Arguments = readonly Expr[];
type Expand = (target: Expr, args: Arguments, pos: number) => Expr;

function name(expr: Expr | undefined, message = 'argument must be a simple name'): string {
  if (expr?.kind === 'ident') return expr.name;
  throw new CelSyntaxError(expr?.pos ?? 0, message);
}

/** all(x, p): the variables first, then what is asked of them. */
const quantifier =
  (form: ComprehensionForm, variables: number): Expand =>
  (range, args, pos) => ({
    kind: 'comprehension',
    form,
    range,
    pos,
    variables: args.slice(0, variables).map((one) => name(one)),
    body: args[variables] as Expr,
  });

/** transform(x, [filter,] result) */
const transform =
  (form: ComprehensionForm, variables: number): Expand =>
  (range, args, pos) => ({
    ...(quantifier(form, variables)(range, args, pos) as Expr & { kind: 'comprehension' }),
    ...(args.length > variables + 1 ? { filter: args[variables] as Expr } : {}),
    body: args[args.length - 1] as Expr,
  });

const optionalMap =
  (flat: boolean): Expand =>
  (target, args, pos) => ({ kind: 'optionalMap', target, pos, variable: name(args[0]), body: args[1] as Expr, flat });

/** Receiver macros by name and number of arguments; a call with another number is a plain call. */
const receiverMacros: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ['all/2', quantifier('all', 1)],
  ['all/3', quantifier('all', 2)],
  ['exists/2', quantifier('exists', 1)],
  ['exists/3', quantifier('exists', 2)],
  ['exists_one/2', quantifier('existsOne', 1)],
  ['exists_one/3', quantifier('existsOne', 2)],
  ['existsOne/2', quantifier('existsOne', 1)],
  ['existsOne/3', quantifier('existsOne', 2)],
  ['map/2', transform('map', 1)],
  ['map/3', transform('map', 1)],
  ['filter/2', quantifier('filter', 1)],
  ['transformList/3', transform('transformList', 2)],
  ['transformList/4', transform('transformList', 2)],
  ['transformMap/3', transform('transformMap', 2)],
  ['transformMap/4', transform('transformMap', 2)],
  ['transformMapEntry/3', transform('transformMapEntry', 2)],
  ['transformMapEntry/4', transform('transformMapEntry', 2)],
  ['optMap/2', optionalMap(false)],
  ['optFlatMap/2', optionalMap(true)],
]);

export function expandReceiver(called: string, target: Expr, args: Arguments, pos: number): Expr | undefined {
  return receiverMacros.get(`${called}/${args.length}`)?.(target, args, pos);
}

/** cel.bind(variable, value, body), of cel-go's bindings extension; anything else is no macro. */
export function expandBinding(called: string, target: Expr, args: Arguments, pos: number): Expr | undefined {
  if (called !== 'bind' || args.length !== 3 || target.kind !== 'ident' || target.name !== 'cel') return undefined;
  const variable = name(args[0], 'cel.bind() variable names must be simple identifiers');
  return { kind: 'binding', variable, value: args[1] as Expr, body: args[2] as Expr, pos };
}

export function expandHas(args: Arguments, pos: number): Expr {
  const [selected] = args;
  if (selected?.kind === 'select' && selected.form !== 'test') return { ...selected, form: 'test', pos };
  throw new CelSyntaxError(pos, 'invalid argument to has() macro');
}
