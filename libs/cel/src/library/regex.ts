import { ValueList } from '../values/list';
import { declare, Library } from './library';
import { compilePattern } from './regex-cache';

function findAll(text: string, pattern: string, limit = -1n): ValueList {
  const matcher = compilePattern(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '');
  return new ValueList(found);
}

function find(text: string, pattern: string): string {
  const matcher = compilePattern(pattern).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

/** Kubernetes' regex library. */
export const regexLibrary: Library = {
  functions: [
    declare('string.find(string): string', find),
    declare('string.findAll(string): list(string)', findAll),
    declare('string.findAll(string, int): list(string)', findAll),
  ],
};
