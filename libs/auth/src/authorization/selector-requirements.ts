import { parseFieldSelector, parseRequirements } from '@nestor/api';
import type { Attributes } from './attributes';

/**
 * What the two selectors of a request narrow it to, read when an authorizer looks at it. One that cannot be read narrows
 * nothing: the check is then as broad as the request without it, or broader.
 */
export function selectorRequirements(
  fieldSelector: string,
  labelSelector: string,
): Pick<Attributes, 'fieldRequirements' | 'labelRequirements'> | undefined {
  if (fieldSelector === '' && labelSelector === '') return undefined;
  return {
    fieldRequirements: () => orNone(() => parseFieldSelector(fieldSelector).requirements),
    labelRequirements: () => orNone(() => parseRequirements(labelSelector)),
  };
}

function orNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
