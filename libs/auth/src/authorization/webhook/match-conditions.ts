import { aggregateMessage } from '@nestor/api';
import { BOOL, compileExpression, listOf, mapOf, objectType, STRING, type ExpressionResult } from '@nestor/cel';
import { metrics } from '@nestor/telemetry';
import type { AccessReviewSpec } from './access-review';

const strings = listOf(STRING);
const requirement = objectType('kubernetes.SelectorRequirement', { key: STRING, operator: STRING, values: strings });
const selector = (name: string) => objectType(name, { rawSelector: STRING, requirements: listOf(requirement) });
const request = objectType('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: objectType('kubernetes.ResourceAttributes', {
    namespace: STRING,
    verb: STRING,
    group: STRING,
    version: STRING,
    resource: STRING,
    subresource: STRING,
    name: STRING,
    fieldSelector: selector('kubernetes.FieldSelectorAttributes'),
    labelSelector: selector('kubernetes.LabelSelectorAttributes'),
  }),
  nonResourceAttributes: objectType('kubernetes.NonResourceAttributes', { path: STRING, verb: STRING }),
  user: STRING,
  groups: strings,
  extra: mapOf(STRING, strings),
  uid: STRING,
});

const prefix = 'apiserver_authorization_match_condition';
const labels = ['type', 'name'] as const;
const errors = metrics.counter(
  `${prefix}_evaluation_errors_total`,
  'Total number of errors when an authorization webhook encounters a match condition error split by authorizer type and name.',
  labels,
);
const exclusions = metrics.counter(
  `${prefix}_exclusions_total`,
  'Total number of exclusions when an authorization webhook is skipped because match conditions exclude it.',
  labels,
);
const seconds = metrics.histogram(
  `${prefix}_evaluation_seconds`,
  'Authorization match condition evaluation time in seconds, split by authorizer type and name.',
  labels,
  [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25],
);

/** A condition under which a webhook is asked, or what is wrong with it. */
export const compileMatchCondition = (expression: string): ExpressionResult =>
  compileExpression(expression, { variables: { request } }, [BOOL]);

/**
 * Whether all conditions hold (authorization/cel CELMatcher); throws where that cannot be told. One that is false settles
 * it, whatever others fail.
 */
export function matchConditions(
  name: string,
  expressions: readonly string[],
): ((spec: AccessReviewSpec) => boolean) | undefined {
  if (expressions.length === 0) return undefined;
  const of = { type: 'Webhook', name };
  const programs = expressions.map((expression) => {
    const { program, error } = compileMatchCondition(expression);
    if (!program) throw new Error(`match condition '${expression}': ${error}`);
    return program;
  });
  return (spec) => {
    const started = performance.now();
    const failed: string[] = [];
    try {
      const bindings = { request: requestOf(spec) };
      for (const program of programs) {
        const { value, error } = program.evaluate(bindings);
        if (error)
          failed.push(`cel evaluation error: expression '${program.expression}' resulted in error: ${error.message}`);
        else if (value !== true) {
          exclusions.inc(of);
          return false;
        }
      }
    } finally {
      seconds.observe(of, (performance.now() - started) / 1000);
      if (failed.length > 0) errors.inc(of);
    }
    if (failed.length > 0) throw new Error(aggregateMessage(failed));
    return true;
  };
}

const noPlace = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '', name: '' };

/** With every field of text, whether there is anything in it or not: expressions need not ask first. */
function requestOf({ resourceAttributes, nonResourceAttributes, user, groups, extra, uid }: AccessReviewSpec): object {
  return {
    user: user ?? '',
    groups: groups ?? [],
    extra: extra ?? {},
    uid: uid ?? '',
    ...(resourceAttributes ? { resourceAttributes: { ...noPlace, ...resourceAttributes } } : {}),
    ...(nonResourceAttributes ? { nonResourceAttributes: { path: '', verb: '', ...nonResourceAttributes } } : {}),
  };
}
