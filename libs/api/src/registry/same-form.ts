import type { ApiObject } from '../meta/json-types';
import { resourceKey, type ResourceConversion } from '../resource-definition';

/** The conversion of a version that differs from the stored one in nothing but its name; none of the stored one itself. */
export function sameForm(
  of: { group: string; plural: string; version: string },
  stored: string,
): { conversion?: ResourceConversion } {
  if (of.version === stored) return {};
  const as = (object: ApiObject, version: string): ApiObject => ({ ...object, apiVersion: `${of.group}/${version}` });
  return {
    conversion: {
      storageKey: resourceKey(of),
      toStorage: (object) => as(object, stored),
      fromStorage: (object) => as(object, of.version),
    },
  };
}
