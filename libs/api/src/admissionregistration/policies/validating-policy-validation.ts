import { BOOL, NULL, STRING } from '@nestor/cel';
import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { DeepReadonly, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../meta/json-types';
import { isQualifiedName } from '../../meta/names';
import { invalidEach } from '../../validation/checks';
import { validateMatchConditions } from '../match-conditions-validation';
import { validateMatchConstraints, validateMatchResources } from './match-resources-validation';
import { validateParamKind, validateParamRef, validatePolicyName } from './params-validation';
import { ExpressionRules, validateExpression, validateVariables } from './policy-expressions';

type Policy = DeepReadonly<ValidatingAdmissionPolicy>;
type Spec = NonNullable<Policy['spec']>;
type Validation = NonNullable<Spec['validations']>[number];
type AuditAnnotation = NonNullable<Spec['auditAnnotations']>[number];

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const failurePolicies = ['Fail', 'Ignore'];
const MAX_ANNOTATIONS = 20;
const MAX_VALUE_EXPRESSION = 5 * 1024;

export function validateValidatingPolicy(policy: ValidatingAdmissionPolicy): FieldError[] {
  const { metadata, spec = {} } = policy as Policy;
  const { validations = [], auditAnnotations = [], matchConditions } = spec;
  const rules: ExpressionRules = { params: spec.paramKind !== undefined, authorizer: true };
  const { errors: variableErrors, types: variables } = validateVariables(spec.variables, rules, 'spec.variables');
  const errors = [
    ...validateFailurePolicy(spec.failurePolicy),
    ...(spec.paramKind ? validateParamKind(spec.paramKind, 'spec.paramKind') : []),
    ...validateMatchConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateMatchConditions(matchConditions, 'spec.matchConditions', rules.params),
    ...variableErrors,
  ];
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    return [...errors, field.required('spec.validations', detail), field.required('spec.auditAnnotations', detail)];
  }
  const all = { ...rules, variables };
  return [
    ...errors,
    ...validations.flatMap((one, at) => validateValidation(one, all, `spec.validations[${at}]`)),
    ...validateAnnotations(auditAnnotations, all, metadata.name ?? ''),
  ];
}

export function validateFailurePolicy(policy: string | undefined): FieldError[] {
  if (policy === undefined) return [field.required('spec.failurePolicy')];
  return failurePolicies.includes(policy) ? [] : [field.notSupported('spec.failurePolicy', policy, failurePolicies)];
}

function validateValidation(validation: Validation, rules: ExpressionRules, path: string): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  const errors =
    expression.trim() === ''
      ? [field.required(`${path}.expression`, 'expression is not specified')]
      : validateExpression(expression, { ...rules, types: [BOOL] }, `${path}.expression`);
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(field.invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  } else if (messageExpression !== '') {
    const saying = { ...rules, authorizer: false, types: [STRING] };
    errors.push(...validateExpression(messageExpression, saying, `${path}.messageExpression`));
  }
  if (message !== '' && message.trim() === '') {
    errors.push(field.invalid(`${path}.message`, message, 'message must be non-empty if specified'));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(field.invalid(`${path}.message`, message, 'message must not contain line breaks'));
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(field.notSupported(`${path}.reason`, reason, reasons));
  }
  return errors;
}

function validateAnnotations(
  annotations: readonly AuditAnnotation[],
  rules: ExpressionRules,
  policy: string,
): FieldError[] {
  const keys = new Set<string>();
  const path = 'spec.auditAnnotations';
  const errors: FieldError[] = [];
  if (annotations.length > MAX_ANNOTATIONS) {
    errors.push(field.invalid(path, annotations, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`));
  }
  annotations.forEach((annotation, index) => {
    const at = `${path}[${index}]`;
    errors.push(...validateAnnotation(annotation, rules, at, policy));
    if (keys.has(annotation.key)) errors.push(field.duplicate(`${at}.key`, annotation.key));
    keys.add(annotation.key);
  });
  return errors;
}

function validateAnnotation(
  { key, valueExpression = '' }: AuditAnnotation,
  rules: ExpressionRules,
  path: string,
  policy: string,
): FieldError[] {
  const qualified = `${policy}/${key}`;
  const errors = policy
    ? invalidEach(qualified, isQualifiedName(qualified), `${path}.key`)
    : [field.invalid(`${path}.key`, key, 'requires metadata.name be non-empty')];
  const trimmed = valueExpression.trim();
  const at = `${path}.valueExpression`;
  if (trimmed === '') return [...errors, field.required(at, 'valueExpression is not specified')];
  if (trimmed.length > MAX_VALUE_EXPRESSION) {
    return [...errors, field.required(at, `must not exceed ${MAX_VALUE_EXPRESSION} bytes in length`)];
  }
  return [...errors, ...validateExpression(trimmed, { ...rules, types: [STRING, NULL] }, at)];
}

export function validatePolicyStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  return (status?.typeChecking?.expressionWarnings ?? []).flatMap(({ warning, fieldRef }, index) => {
    const at = `status.typeChecking.expressionWarnings[${index}]`;
    return [
      ...(warning ? [] : [field.required(`${at}.warning`)]),
      ...(fieldRef?.trim() ? [] : [field.required(`${at}.fieldRef`)]),
    ];
  });
}

const actions = ['Audit', 'Deny', 'Warn'];

export function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...validatePolicyName(spec?.policyName, 'spec.policyName'),
    ...validateParamRef(spec?.paramRef, 'spec.paramRef'),
    // The path is spelled as upstream spells it.
    ...(spec?.matchResources ? validateMatchResources(spec.matchResources, 'spec.matchResouces') : []),
    ...validateActions(spec?.validationActions ?? [], 'spec.validationActions'),
  ];
}

function validateActions(given: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  given.forEach((action, at) => {
    if (!actions.includes(action)) errors.push(field.notSupported(`${path}[${at}]`, action, actions));
    if (seen.has(action)) errors.push(field.duplicate(`${path}[${at}]`, action));
    seen.add(action);
  });
  if (seen.has('Deny') && seen.has('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(field.invalid(path, given, detail));
  }
  if (seen.size === 0) errors.push(field.required(path, 'at least one validation action is required'));
  return errors;
}
