import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeepReadonly, LabelSelector } from './json-types';
import { newRequirement, parseRequirements } from './label-selector-parser';
import type { Requirement } from './label-selector-parser';
import { isLabelValue } from './names';
import { validateLabelKey, validateLabels } from './labels-validation';

export type Labels = Readonly<Record<string, string>>;
type LabelRequirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** A compiled selector: parsing happens once, matching is one pass over closures. Callable, for filters. */
export interface LabelMatcher {
  (labels: Labels | undefined): boolean;
  readonly requirements: readonly Requirement[];
  /** No requirement: everything matches. */
  readonly matchesEverything: boolean;
  matches(labels: Labels | undefined): boolean;
  /** The string form, as labels.Selector.String() writes it. */
  toString(): string;
}

type Test = (labels: Labels) => boolean;
const none: Labels = Object.freeze({});

function compile({ key, operator, values }: Requirement): Test {
  const [only = ''] = values;
  const set = new Set(values);
  switch (operator) {
    case 'exists':
      return (labels) => labels[key] !== undefined;
    case '!':
      return (labels) => labels[key] === undefined;
    case '=':
    case '==':
      return (labels) => labels[key] === only;
    case '!=':
      return (labels) => labels[key] !== only;
    case 'in':
      return (labels) => labels[key] !== undefined && set.has(labels[key]);
    case 'notin':
      return (labels) => labels[key] === undefined || !set.has(labels[key]);
    case 'gt':
    case 'lt': {
      const bound = BigInt(only);
      return (labels) => {
        const value = labels[key];
        if (value === undefined || !/^[+-]?[0-9]+$/.test(value)) return false;
        return operator === 'gt' ? BigInt(value) > bound : BigInt(value) < bound;
      };
    }
  }
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

export function labelMatcher(requirements: readonly Requirement[]): LabelMatcher {
  const tests = requirements.map(compile);
  const [first] = tests;
  const matches: LabelMatcher['matches'] =
    first === undefined
      ? () => true
      : tests.length === 1
        ? (labels) => first(labels ?? none)
        : (labels) => tests.every((test) => test(labels ?? none));
  return callable(matches, requirements, tests.length === 0);
}

function callable(
  matches: (labels: Labels | undefined) => boolean,
  requirements: readonly Requirement[],
  matchesEverything: boolean,
): LabelMatcher {
  const matcher = (labels: Labels | undefined): boolean => matches(labels);
  return Object.assign(matcher, {
    requirements,
    matchesEverything,
    matches,
    toString: () => requirements.map(requirementText).join(','),
  });
}

const everything = labelMatcher([]);
const nothing = callable(() => false, [], false);

/** The string form of `-l` and ?labelSelector=. Throws a 400 ApiError. */
export function parseLabelSelector(text: string | undefined): LabelMatcher {
  return text ? labelMatcher(parseRequirements(text)) : everything;
}

const objectOperators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;

/** A requirement in the form that objects carry it. Throws on a broken one. */
export function labelRequirement({ key, operator, values }: DeepReadonly<LabelRequirement>): Requirement {
  const known = objectOperators[operator as keyof typeof objectOperators];
  if (known === undefined) throw new SyntaxError(`${JSON.stringify(operator)} is not a valid label selector operator`);
  return newRequirement(key, known, values ?? []);
}

/** metav1.LabelSelectorAsSelector: an absent selector matches nothing, an empty one everything. Throws on a broken one. */
export function labelSelectorMatcher(selector: DeepReadonly<LabelSelector> | null | undefined): LabelMatcher {
  if (selector === undefined || selector === null) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    newRequirement(key, '=', [value]),
  );
  requirements.push(...(selector.matchExpressions ?? []).map(labelRequirement));
  if (requirements.length === 0) return everything;
  return labelMatcher(requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

/** A plain map as Service.spec.selector and spec.nodeSelector are: every pair must be equal. Unchecked, as labels.SelectorFromSet. */
export function labelSetMatcher(set: Labels | undefined): LabelMatcher {
  const pairs = Object.entries(set ?? {});
  if (pairs.length === 0) return everything;
  return labelMatcher(
    pairs
      .map(([key, value]): Requirement => ({ key, operator: '=', values: [value] }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  );
}

/** metav1.FormatLabelSelector: what table columns and scale.status.selector show. */
export function formatLabelSelector(selector: DeepReadonly<LabelSelector> | undefined): string {
  try {
    const text = labelSelectorMatcher(selector).toString();
    return text === '' ? '<none>' : text;
  } catch {
    return '<error>';
  }
}

/** v1validation.ValidateLabelSelector. */
export function validateLabelSelector(selector: LabelSelector, path: string): FieldError[] {
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((expression, index) =>
      validateLabelRequirement(expression, `${path}.matchExpressions[${index}]`),
    ),
  ];
}

/** v1validation.ValidateLabelSelectorRequirement; access reviews let operators pass that only their sender knows. */
export function validateLabelRequirement(
  { key, operator, values = [] }: DeepReadonly<LabelRequirement>,
  path: string,
  allowUnknownOperator = false,
): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(field.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          field.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
      break;
    default:
      if (!allowUnknownOperator) {
        errors.push(field.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
      }
  }
  errors.push(...validateLabelKey(key, `${path}.key`));
  values.forEach((value, position) => {
    for (const problem of isLabelValue(value))
      errors.push(field.invalid(`${path}.values[${position}]`, value, problem));
  });
  return errors;
}

export function isEmptyLabelSelector(selector: DeepReadonly<LabelSelector> | undefined): boolean {
  return (
    selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}
