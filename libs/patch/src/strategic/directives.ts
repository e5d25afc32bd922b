import { badRequest } from '@nestor/api';
import { isObject, setKey, type JsonObject } from '../json/json-value';
import { plainPatchError, unprocessablePatch } from '../patch-error';

/** The reserved keys of a strategic merge patch. */
export const directive = {
  patch: '$patch',
  retainKeys: '$retainKeys',
  deleteFromPrimitiveList: '$deleteFromPrimitiveList/',
  setElementOrder: '$setElementOrder/',
} as const;

// Errors of k8s.io/apimachinery/pkg/util/mergepatch with the codes kube-apiserver gives them.
export const strategicError = {
  retainKeys: () => badRequest('invalid patch format of retainKeys'),
  setElementOrder: () => badRequest('invalid patch format of setElementOrder list'),
  primitiveList: () => badRequest('invalid patch format of primitive list'),
  listOfLists: () => unprocessablePatch('lists of lists are not supported'),
  patchType: (type: unknown, map: unknown) =>
    unprocessablePatch(`unknown patch type: ${String(type)} in map: ${JSON.stringify(map)}`),
  noMergeKey: (map: unknown, key: string) =>
    plainPatchError(`map: ${JSON.stringify(map)} does not contain declared merge key: ${key}`),
  argument: (expected: string, actual: unknown) =>
    plainPatchError(`expected a ${expected}, but received a ${Array.isArray(actual) ? 'list' : typeof actual}`),
  noKeyDeclared: (field: string) => plainPatchError(`cannot merge lists without merge key for ${field}`),
  mergeInList: () => plainPatchError('merging lists cannot yet be specified in the patch'),
};

function isDirective(key: string): boolean {
  return (
    key === directive.patch ||
    key === directive.retainKeys ||
    key.startsWith(directive.deleteFromPrimitiveList) ||
    key.startsWith(directive.setElementOrder)
  );
}

/**
 * A patch value that lands where nothing was: its directives have nothing to act on and its nulls nothing to delete.
 */
export function asNewValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !(isObject(item) && item[directive.patch] === 'delete'))
      .map((item) => (isObject(item) ? asNewValue(item) : item));
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (value[key] === null || isDirective(key)) continue;
    setKey(result, key, asNewValue(value[key]));
  }
  return result;
}
