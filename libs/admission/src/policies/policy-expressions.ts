import {
  AdmissionDeclarations,
  admissionVariables,
  CelError,
  CelType,
  compileExpression,
  DYN,
  LazyObject,
  mutationStruct,
  Program,
  Value,
} from '@nestor/cel';
import { CostBudget, ExpressionError } from '../expressions';

/** Compiled, or why it is not: that is said when the expression would be evaluated. */
export type Expression = { readonly program: Program } | { readonly program?: undefined; readonly error: string };

interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** Compiles the expressions of one policy, with its variables. */
export class PolicyCompiler {
  private readonly types: Record<string, CelType> = {};
  private readonly variables: { readonly name: string; readonly compiled: Expression }[] = [];

  constructor(
    variables: readonly Variable[],
    private readonly declared: AdmissionDeclarations,
  ) {
    for (const { name, expression } of variables) {
      const compiled = this.compile(expression);
      this.variables.push({ name, compiled });
      this.types[name] = compiled.program?.resultType ?? DYN;
    }
  }

  compile(
    expression: string,
    { types, patches = false }: { types?: readonly CelType[]; patches?: boolean } = {},
  ): Expression {
    const variables = admissionVariables({ ...this.declared, variables: { ...this.types } });
    const env = patches ? { variables, struct: mutationStruct, jsonPatch: true } : { variables };
    return compileExpression(expression, env, types);
  }

  /** The bindings with the policy's variables: each is evaluated when an expression first asks for it, and once. */
  withVariables(bindings: Readonly<Record<string, unknown>>, budget: CostBudget): Record<string, unknown> {
    if (this.variables.length === 0) return { ...bindings };
    const all: Record<string, unknown> = { ...bindings };
    const names = this.variables.map(({ name }) => name);
    all['variables'] = new LazyObject('kubernetes.variables', names, (name) => {
      const { compiled } = this.variables.find((one) => one.name === name) as { compiled: Expression };
      if (!compiled.program) throw new CelError(`composited variable "${name}" fails to compile: ${compiled.error}`);
      const { value, error, cost } = compiled.program.evaluate(all);
      budget.spend(cost);
      if (error) throw new CelError(`composited variable "${name}" fails to evaluate: ${error.message}`);
      return value;
    });
    return all;
  }
}

/** The value; throws as CostBudget does, and ExpressionError where there is nothing to evaluate. */
export function evaluateWith(
  budget: CostBudget,
  expression: Expression,
  bindings: Readonly<Record<string, unknown>>,
): Value {
  if (!expression.program) throw new ExpressionError(`compilation error: ${expression.error}`);
  return budget.evaluate(expression.program, bindings);
}
