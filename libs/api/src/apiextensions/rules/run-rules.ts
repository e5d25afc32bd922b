import { adapt, CostLimitError, Evaluation, Optional, PER_CALL_LIMIT, Program } from '@nestor/cel';
import { field, FieldError, fieldErrorMessage } from '../../errors/field-error';
import type { CompiledRule, ValidationRule } from './compile-rule';
import { Correlation } from './correlation';
import type { RuleNode } from './rule-tree';

/** What all rules of one object may cost together: about a second. */
const OBJECT_BUDGET = 10_000_000;
const MAX_MESSAGE_BYTES = 5 * 1024;
const ROOT = '<nil>';

export interface RuleFindings {
  readonly errors: FieldError[];
  /** What was wrong already and has not been touched. */
  readonly warnings: string[];
}

/** Evaluates the rules of a custom resource, with the words of apiextensions' schema/cel Validator. */
export function runRules(tree: RuleNode, object: unknown, old?: unknown): RuleFindings {
  const run = new RuleRun();
  run.node(tree, { path: '', value: object, before: Correlation.root(object, old) });
  return { errors: run.errors, warnings: run.warnings };
}

interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly before: Correlation;
}

/** Stops all that would come after: the budget is spent. */
class Exhausted extends Error {}

class RuleRun {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  private budget = OBJECT_BUDGET;

  node(tree: RuleNode, place: Place): void {
    try {
      this.visit(tree, place);
    } catch (error) {
      if (!(error instanceof Exhausted)) throw error;
    }
  }

  private visit(node: RuleNode, place: Place): void {
    const { value, path, before } = place;
    if (value === null || value === undefined) return;
    this.rules(node, place);
    if (Array.isArray(value)) {
      const { items } = node;
      if (!items) return;
      value.forEach((one: unknown, at) =>
        this.visit(items, { path: `${path}[${at}]`, value: one, before: before.item(node.schema, one) }),
      );
    } else if (typeof value === 'object') this.fields(node, value as Record<string, unknown>, place);
  }

  private fields(node: RuleNode, value: Readonly<Record<string, unknown>>, { path, before }: Place): void {
    for (const [name, inner] of Object.entries(value)) {
      const property = node.properties.get(name);
      const below = property ?? node.values;
      if (!below) continue;
      this.visit(below, {
        path: property ? child(path, name) : `${path}[${name}]`,
        value: inner,
        before: before.key(node.schema, name, inner),
      });
    }
  }

  private rules(node: RuleNode, place: Place): void {
    const { type } = node;
    if (!type) return;
    const self = adapt(place.value, type);
    const { old } = place.before;
    const oldSelf = old === undefined || old === null ? undefined : adapt(old, type);
    for (const rule of node.rules) {
      const bindings = { self, oldSelf: rule.rule.optionalOldSelf ? Optional.of(oldSelf) : oldSelf };
      this.rule(node, rule, place, bindings);
    }
  }

  private rule(node: RuleNode, compiled: RuleNode['rules'][number], place: Place, bindings: Bindings): void {
    const { rule, program, error } = compiled;
    const type = node.schema.type ?? '';
    const at = place.path || ROOT;
    if (error !== undefined) {
      this.errors.push(field.invalid(at, type, `rule compile error: ${error}`));
      return;
    }
    // A transition needs something to compare with.
    if (!program || (compiled.usesOldSelf && bindings.oldSelf === undefined)) return;
    const result = this.evaluate(program, bindings, () => field.invalid(at, type, outOfBudget));
    if (result.error) this.failed(result.error, rule, field.invalid(at, type, ''));
    else if (result.value !== true) this.violated(compiled, { ...place, path: at }, type, bindings);
  }

  private evaluate(program: Program, bindings: Bindings, exhausted: () => FieldError): Evaluation {
    const result = program.evaluate(bindings, { costLimit: PER_CALL_LIMIT });
    if (result.cost > this.budget) {
      this.errors.push(exhausted());
      throw new Exhausted();
    }
    this.budget -= result.cost;
    return result;
  }

  private failed(error: Error, rule: ValidationRule, at: FieldError): void {
    const name = ruleText(rule);
    const { message } = error;
    if (error instanceof CostLimitError) {
      const detail = `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
      this.errors.push({ ...at, detail });
      throw new Exhausted();
    }
    const detail = message.startsWith('no such overload')
      ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`
      : `${message} evaluating rule: ${name}`;
    this.errors.push({ ...at, detail });
  }

  private violated(compiled: RuleNode['rules'][number], place: Place, type: string, bindings: Bindings): void {
    const path = compiled.fieldPath ? below(place.path, compiled.fieldPath) : place.path;
    const add = (error: FieldError): void => {
      if (!compiled.usesOldSelf && place.before.isUnchanged) this.warnings.push(fieldErrorMessage(error));
      else this.errors.push(error);
    };
    const refuse = (detail: string): never => {
      add(field.invalid(path, type, detail));
      throw new Exhausted();
    };
    const detail = this.message(compiled, bindings, refuse) ?? defaultMessage(compiled.rule);
    add(errorFor(compiled.rule.reason, path, type, detail));
  }

  /** What the messageExpression says; undefined where it says nothing that could be shown. */
  private message(
    { message, rule }: CompiledRule,
    bindings: Bindings,
    refuse: (detail: string) => never,
  ): string | undefined {
    if (!message) return undefined;
    const { value, error, cost } = message.evaluate(bindings, { costLimit: PER_CALL_LIMIT });
    if (cost > this.budget) {
      refuse(
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
      );
    }
    if (error instanceof CostLimitError) {
      const expression = JSON.stringify(rule.messageExpression);
      refuse(
        `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${expression}`,
      );
    }
    this.budget -= cost;
    const text = typeof value === 'string' ? value.trim() : '';
    return text !== '' && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES && !text.includes('\n') ? text : undefined;
  }
}

interface Bindings extends Record<string, unknown> {
  readonly oldSelf: unknown;
}

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';

const child = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
const below = (path: string, relative: string): string => {
  if (path === ROOT) return relative;
  return relative.startsWith('[') ? `${path}${relative}` : `${path}.${relative}`;
};

const ruleText = ({ message, rule }: ValidationRule): string => (message ? message.trim() : rule.trim());
const defaultMessage = (rule: ValidationRule): string =>
  rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;

function errorFor(reason: string | undefined, path: string, type: string, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return field.forbidden(path, detail);
    case 'FieldValueRequired':
      return field.required(path, detail);
    case 'FieldValueDuplicate':
      return field.duplicate(path, type);
    default:
      return field.invalid(path, type, detail);
  }
}
