/** Structurally the FieldError of libs/api, which sits above this library. */
export interface SchemaFieldError {
  type:
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid';
  field: string;
  badValue?: unknown;
  detail: string;
}

/** How Kubernetes prints the path of the whole object. */
export const ROOT = '<nil>';

export function fieldOf(path: string): string {
  return path === '' ? ROOT : path;
}

export function childPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
