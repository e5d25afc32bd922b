import { ApiError, ApiObject, field, invalid } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';
import { decodeValue } from './decode';
import { goText } from './go-text';
import type { FieldValidation } from './write-options';
import type { Caller } from './write-request';

export interface PatchResult {
  /** Gives the patched object anew at each call: decoding changes it, and a message shows it as it was. */
  make: () => unknown;
  /** The strategic patch; its refusals show it instead of the result. */
  strategic?: unknown;
  /** What strict decoding of the patch itself has found. */
  problems: string[];
  validation: FieldValidation;
}

/** The object a patch has made, decoded as a body would be. What does not fit is the patch's fault: 422. */
export function decodePatched(served: ServedResource, caller: Caller, result: PatchResult): ApiObject {
  const { make, strategic, problems, validation } = result;
  const refuse = (why: string, conversion = why): ApiError =>
    strategic === undefined ? refusal(resultText(make()), why) : refusal(goText(strategic), conversion);
  const value = make();
  if (strategic === undefined) checkKind(served, value, refuse);
  else Object.assign(value as ApiObject, { kind: served.definition.kind, apiVersion: served.apiVersion });
  return decodeValue(served, caller, { value, problems, validation, refuse });
}

/** apimachinery names neither kind nor object here. */
const refusal = (shown: string, why: string): ApiError =>
  invalid({ group: '', kind: '' }, '', [field.invalid('patch', shown, why)]);

function checkKind(served: ServedResource, value: unknown, refuse: (why: string) => ApiError): void {
  const { kind, apiVersion } = (value ?? {}) as Partial<ApiObject>;
  const expected = served.definition.kind;
  if (apiVersion && apiVersion !== served.apiVersion) {
    throw refuse(
      `no kind ${JSON.stringify(kind ?? expected)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  if (kind && kind !== expected) throw refuse(`converting (${kind}) to (${expected}): unknown conversion`);
}

/** The result as the JSON library of upstream writes it: keys of the patched level in order. */
function resultText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
