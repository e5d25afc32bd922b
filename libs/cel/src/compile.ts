import { Checker } from './check/checker';
import { FunctionTable } from './check/function-table';
import { estimateCost, CostEstimate } from './cost/estimate';
import { Compiler } from './evaluate/compiler';
import { Frame, Step } from './evaluate/frame';
import { jsonPatchLibrary } from './library/json-patch';
import { kubernetesLibraries } from './library/kubernetes';
import type { Expr } from './syntax/ast';
import { CelIssue, CelSyntaxError, formatIssues } from './syntax/issue';
import { parse } from './syntax/parser';
import type { CelType } from './types/cel-type';
import { adapt } from './values/adapt';
import { CelError } from './values/cel-error';
import type { Value } from './values/value';

/** What an expression may name. */
export interface CelEnvironment {
  readonly variables: Readonly<Record<string, CelType>>;
  /** Types that the expression may make objects of. */
  readonly struct?: (name: string) => CelType | undefined;
  /** cel.bind: what device selectors have beyond what all expressions have. */
  readonly bindings?: boolean;
  /** Functions of mutating policies. */
  readonly jsonPatch?: boolean;
}

export interface EvaluationOptions {
  /** What one evaluation may cost; Kubernetes' limit where not given. */
  readonly costLimit?: number;
}

/** A value or an error, and what it cost either way. */
export type Evaluation =
  | { readonly value: Value; readonly error?: undefined; readonly cost: number }
  | { readonly value?: undefined; readonly error: CelError; readonly cost: number };

/** What Kubernetes gives one expression: about a tenth of a second. */
export const PER_CALL_LIMIT = 1_000_000;

const functions = new FunctionTable(kubernetesLibraries);
const withJsonPatch = new FunctionTable([...kubernetesLibraries, jsonPatchLibrary]);

/** A checked expression, ready to be evaluated as often as one likes. */
export class Program {
  private readonly globals: readonly { name: string; type: CelType; slot: number }[];
  private readonly slots: number;
  private readonly step: Step;

  constructor(
    readonly expression: string,
    readonly resultType: CelType,
    /** The variables it reads. */
    readonly references: ReadonlySet<string>,
    private readonly ast: Expr,
    private readonly env: CelEnvironment,
    table: FunctionTable,
  ) {
    const compiler = new Compiler(table);
    this.step = compiler.compile(ast);
    this.slots = compiler.slots;
    this.globals = [...compiler.globals].map(([name, slot]) => ({ name, slot, type: env.variables[name] as CelType }));
  }

  /** Bindings are JSON or values; JSON is read as the variable's declared type says. Never throws for the expression's sake. */
  evaluate(
    bindings: Readonly<Record<string, unknown>>,
    { costLimit = PER_CALL_LIMIT }: EvaluationOptions = {},
  ): Evaluation {
    const frame = new Frame(new Array<Value | undefined>(this.slots), costLimit);
    try {
      for (const { name, type, slot } of this.globals) {
        const bound = bindings[name];
        if (bound !== undefined) frame.slots[slot] = adapt(bound, type);
      }
      const value = this.step(frame);
      return { value, cost: frame.cost };
    } catch (error) {
      if (error instanceof CelError) return { error, cost: frame.cost };
      throw error;
    }
  }

  /** What it may cost at most and at least, by the bounds that the types of its variables have. */
  estimateCost(): CostEstimate {
    return estimateCost(this.ast, this.env.variables);
  }
}

export type Compilation =
  | { readonly program: Program; readonly errors?: undefined; readonly message?: undefined }
  | {
      readonly program?: undefined;
      readonly errors: readonly CelIssue[];
      /** All errors as cel-go prints them, with the place in the source. */
      readonly message: string;
    };

/** Reads and checks an expression. */
export function compile(expression: string, env: CelEnvironment): Compilation {
  const table = env.jsonPatch ? withJsonPatch : functions;
  try {
    const ast = parse(expression, env);
    const checker = new Checker({ variables: env.variables, functions: table, struct: env.struct });
    const type = checker.check(ast);
    if (checker.issues.length) return failed(expression, checker.issues);
    return { program: new Program(expression, type, checker.references, ast, env, table) };
  } catch (error) {
    if (error instanceof CelSyntaxError) return failed(expression, [{ pos: error.pos, message: error.message }]);
    throw error;
  }
}

const failed = (expression: string, errors: readonly CelIssue[]): Compilation => ({
  errors,
  message: formatIssues(expression, errors),
});
