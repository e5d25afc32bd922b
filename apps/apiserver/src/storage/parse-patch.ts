import { badRequest } from '@nestor/api';
import { scanJson } from '../http/json-syntax';
import { duplicateField } from './decode';
import type { FieldValidation } from './write-options';

export interface ParsedPatch {
  patch: unknown;
  /** What strict decoding finds in the text of the patch: keys given twice. */
  problems: string[];
}

type JsonForm = 'json' | 'merge' | 'strategic';

const goTypes: Readonly<Record<JsonForm, string>> = {
  json: '[]handlers.jsonPatchOp',
  merge: 'map[string]interface {}',
  strategic: 'map[string]interface {}',
};

/** Parses the text of a patch. Each form words its refusal as its own place upstream does. */
export function parsePatch(form: JsonForm, text: string, validation: FieldValidation): ParsedPatch {
  const refuse = (why: string): Error => {
    if (form === 'strategic') return badRequest(why);
    if (validation !== 'Ignore') return badRequest(`error decoding patch: ${why}`);
    return badRequest(form === 'merge' ? 'Invalid JSON Patch' : why);
  };
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw refuse(scanJson(text).error ?? 'invalid JSON');
  }
  const fits = form === 'json' ? Array.isArray(patch) : typeof patch === 'object' && !Array.isArray(patch);
  if (!fits && patch !== null)
    throw refuse(`json: cannot unmarshal ${jsonType(patch)} into Go value of type ${goTypes[form]}`);
  // A serialiser's output is as long as its own re-serialisation; only other text can hold a key twice.
  const isPlain = validation === 'Ignore' || JSON.stringify(patch).length >= text.trimEnd().length;
  const found = isPlain ? [] : scanJson(text).duplicates.map(duplicateField);
  return { patch, problems: form === 'json' ? found.map((problem) => `json patch ${problem}`) : found };
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
