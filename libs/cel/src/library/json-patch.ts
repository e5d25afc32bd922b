import { CelType, DYN, objectType, STRING } from '../types/cel-type';
import { declare, Library } from './library';

/** JSONPatch{op: ..., path: ..., from: ..., value: ...}: one operation that a mutating policy makes. */
export const jsonPatchType: CelType = objectType('JSONPatch', { op: STRING, path: STRING, from: STRING, value: DYN });

export const jsonPatchLibrary: Library = {
  functions: [
    declare('jsonpatch.escapeKey(string): string', (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')),
  ],
};
