/** One failed check of one field, with the types and wording of k8s.io/apimachinery/pkg/util/validation/field. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

export interface FieldError {
  type: FieldErrorType;
  /** JSON path as Kubernetes prints it: spec.containers[0].image, metadata.labels, data[key]. */
  field: string;
  badValue?: unknown;
  detail: string;
}

/** field.OmitValueType: the error is about the whole place, so no value is shown. */
export const omitValue = Symbol('omitted value');

/** Renders a bad value the way Go's field.Error does: strings and scalars quoted or bare, objects as JSON. */
function renderBadValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const heading: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
};

/** "Invalid value: \"x\": must be ..." without the field, as Status causes carry it. */
export function fieldErrorBody(error: FieldError): string {
  const head = heading[error.type];
  const showValue =
    error.badValue !== omitValue &&
    !['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong', 'InternalError'].includes(error.type);
  const text = showValue ? `${head}: ${renderBadValue(error.badValue)}` : head;
  return error.detail ? `${text}: ${error.detail}` : text;
}

/** "spec.x: Invalid value: ..." */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

export const field = {
  required: (path: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field: path, detail }),
  invalid: (path: string, badValue: unknown, detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    field: path,
    badValue,
    detail,
  }),
  typeInvalid: (path: string, badValue: unknown, detail: string): FieldError => ({
    type: 'FieldValueTypeInvalid',
    field: path,
    badValue,
    detail,
  }),
  notSupported: (path: string, badValue: unknown, supported: readonly string[]): FieldError => ({
    type: 'FieldValueNotSupported',
    field: path,
    badValue,
    // In the order given: upstream sorts only what it keeps in sets.
    detail: `supported values: ${supported.map((value) => JSON.stringify(value)).join(', ')}`,
  }),
  forbidden: (path: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', field: path, detail }),
  duplicate: (path: string, badValue: unknown): FieldError => ({
    type: 'FieldValueDuplicate',
    field: path,
    badValue,
    detail: '',
  }),
  notFound: (path: string, badValue: unknown): FieldError => ({
    type: 'FieldValueNotFound',
    field: path,
    badValue,
    detail: '',
  }),
  tooLong: (path: string, max: number): FieldError => ({
    type: 'FieldValueTooLong',
    field: path,
    detail: `may not be more than ${max} bytes`,
  }),
  tooMany: (path: string, actual: number, max: number): FieldError => ({
    type: 'FieldValueTooMany',
    field: path,
    badValue: actual,
    detail: `must have at most ${max} items`,
  }),
  internal: (path: string, detail: string): FieldError => ({ type: 'InternalError', field: path, detail }),
};
