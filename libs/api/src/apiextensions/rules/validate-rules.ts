import { describeSchema, MAX_REQUEST_BYTES } from '@nestor/cel';
import type { StructuralSchema } from '@nestor/schema';
import { field, FieldError } from '../../errors/field-error';
import { CompiledRule, compileRule, ValidationRule } from './compile-rule';
import { ruleFieldPath } from './rule-field-path';

const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
/** A schema that costs too much names its most expensive rules. */
const MOST_EXPENSIVE = 4;

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const keyword = 'x-kubernetes-validations';

/**
 * What is wrong with the rules of a CustomResourceDefinition's schema: what they say, whether they compile, and what they
 * would cost at worst (apiextensions' ValidateCustomResourceDefinitionOpenAPISchema). Costs are left out where they were
 * accepted before.
 */
export function validateRules(schema: StructuralSchema, path: string, checkCosts = true): FieldError[] {
  const form = formErrors(schema, path);
  if (form.length > 0) return form;
  const check = new RuleCheck(checkCosts);
  check.visit(schema, { path, times: 1, isResourceRoot: true });
  return [...check.errors, ...check.totalErrors(path)];
}

type Visit = (schema: StructuralSchema, path: string) => void;

function eachChild(schema: StructuralSchema, path: string, visit: Visit): void {
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    visit(property, `${path}.properties[${name}]`);
  if (schema.items) visit(schema.items, `${path}.items`);
  if (schema.additionalProperties) visit(schema.additionalProperties, `${path}.additionalProperties`);
}

function formErrors(schema: StructuralSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  eachChild(schema, path, (inner, at) => errors.push(...formErrors(inner, at)));
  schema.validations?.forEach((rule, at) => errors.push(...ruleForm(rule, schema, `${path}.${keyword}[${at}]`)));
  return errors;
}

const hasNewline = (text: string): boolean => /[\n\r]/.test(text);

function ruleForm(rule: ValidationRule, schema: StructuralSchema, path: string): FieldError[] {
  const errors = textForm(rule, path);
  const { messageExpression, reason, fieldPath } = rule;
  if (messageExpression && messageExpression.trim() === '') {
    errors.push(field.required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(field.notSupported(`${path}.reason`, reason, reasons));
  }
  if (fieldPath) {
    const refuse = (detail: string): void => void errors.push(field.invalid(`${path}.fieldPath`, fieldPath, detail));
    if (fieldPath.trim() === '') refuse('fieldPath must be non-empty if specified');
    if (hasNewline(fieldPath)) refuse('fieldPath must not contain line breaks');
    if (ruleFieldPath(fieldPath, schema) === undefined) refuse('fieldPath must be a valid path');
  }
  return errors;
}

function textForm({ rule, message = '' }: ValidationRule, path: string): FieldError[] {
  const [text, shown] = [(rule ?? '').trim(), message.trim()];
  if (text === '') return [field.required(`${path}.rule`, 'rule is not specified')];
  if (message !== '' && shown === '') {
    return [field.invalid(`${path}.message`, message, 'message must be non-empty if specified')];
  }
  if (hasNewline(shown)) return [field.invalid(`${path}.message`, message, 'message must not contain line breaks')];
  if (hasNewline(text) && shown === '') {
    return [field.required(`${path}.message`, 'message must be specified if rule contains line breaks')];
  }
  return [];
}

interface Place {
  readonly path: string;
  /** How often a value may stand there; undefined where nothing bounds it. */
  readonly times: number | undefined;
  readonly isResourceRoot: boolean;
  /** The nearest schema around it that keeps its values from being compared with those before. */
  readonly uncorrelatable?: string;
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  private total = 0;
  private expensive: { path: string; cost: number }[] = [];

  constructor(private readonly checkCosts: boolean) {}

  visit(schema: StructuralSchema, place: Place): void {
    eachChild(schema, place.path, (inner, path) => this.visit(inner, childPlace(schema, inner, place, path)));
    if (!schema.validations?.length) return;
    const at = `${place.path}.${keyword}`;
    const described = describeSchema(schema, 'selfType', place.isResourceRoot);
    if (!described) {
      const detail = 'internal error: failed to retrieve type information for x-kubernetes-validations';
      this.errors.push(field.internal(at, detail));
      return;
    }
    const times = place.times ?? Math.floor(MAX_REQUEST_BYTES / (described.minBytes + 1));
    schema.validations.forEach((rule, index) => {
      this.rule(compileRule(rule, described.type), { ...place, path: `${at}[${index}]`, times });
    });
  }

  private rule(compiled: CompiledRule, place: Place & { times: number }): void {
    const { rule, error, messageError, program, message } = compiled;
    const { path, times, uncorrelatable } = place;
    if (program) this.cost('estimated rule cost', `${path}.rule`, program.estimateCost().max * times);
    if (error !== undefined) this.errors.push(field.invalid(`${path}.rule`, shown(rule), error));
    if (messageError !== undefined) {
      this.errors.push(field.invalid(`${path}.messageExpression`, shown(rule), messageError));
    }
    if (message) this.cost('estimated messageExpression cost', `${path}.messageExpression`, message.estimateCost().max);
    if (compiled.usesOldSelf && uncorrelatable !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      this.errors.push(field.invalid(`${path}.rule`, rule.rule, detail));
    }
    if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined && error === undefined) {
      const detail = 'may not be set if oldSelf is not used in rule';
      this.errors.push(field.invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, detail));
    }
  }

  private cost(name: string, path: string, cost: number): void {
    if (!this.checkCosts) return;
    if (cost > RULE_LIMIT) this.errors.push(field.forbidden(path, costMessage(name, cost, RULE_LIMIT)));
    this.total += cost;
    if (cost >= SCHEMA_LIMIT / 100) this.expensive.push({ path, cost });
  }

  totalErrors(path: string): FieldError[] {
    if (this.total <= SCHEMA_LIMIT) return [];
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    const detail = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    return [
      ...this.expensive
        .sort((a, b) => (a.cost === b.cost ? 0 : b.cost - a.cost))
        .slice(0, MOST_EXPENSIVE)
        .map((one) => field.forbidden(one.path, detail)),
      field.forbidden(path, costMessage(name, this.total, SCHEMA_LIMIT)),
    ];
  }
}

function childPlace(outer: StructuralSchema, inner: StructuralSchema, place: Place, path: string): Place {
  const { times, uncorrelatable } = place;
  const isItems = inner === outer.items;
  const bound = isItems ? outer.maxItems : outer.maxProperties;
  const isList = isItems || inner === outer.additionalProperties;
  const atomic = isItems ? outer.listType !== 'map' : outer.mapType === 'atomic' && !isList;
  const within = uncorrelatable ?? (atomic ? place.path : undefined);
  return {
    path,
    times: !isList ? times : times === undefined || bound === undefined ? undefined : times * bound,
    isResourceRoot: inner.embeddedResource === true,
    ...(within === undefined ? {} : { uncorrelatable: within }),
  };
}

/** The internal ValidationRule that upstream prints has all its fields. */
const shown = ({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule): object => ({
  Rule: rule,
  Message: message ?? '',
  MessageExpression: messageExpression ?? '',
  Reason: reason ?? null,
  FieldPath: fieldPath ?? '',
  OptionalOldSelf: optionalOldSelf ?? null,
});

function costMessage(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const times = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${name} exceeds budget by factor of ${times} (${advice})`;
}
