import { readFileSync } from 'node:fs';
import { camelCase, type OptionDeclaration } from './option.decorator';

export interface FileValues {
  values: Map<OptionDeclaration, unknown>;
  problems: string[];
  /** The file is a document that the app reads itself. */
  isOwnDocument?: boolean;
}

/** A YAML (or JSON) mapping; keys are the property names or the flags' names. */
export function readConfigFile(path: string, options: readonly OptionDeclaration[], ownKind?: string): FileValues {
  const result: FileValues = { values: new Map(), problems: [] };
  let content: unknown;
  try {
    // Loaded only when a file is given: most processes are started with flags alone.
    const yaml = require('yaml') as typeof import('yaml');
    content = yaml.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    result.problems.push(`--config ${path}: ${(error as Error).message.split('\n')[0]}`);
    return result;
  }
  if (content === null || content === undefined) return result;
  if (typeof content !== 'object' || Array.isArray(content)) {
    result.problems.push(`--config ${path}: must be a mapping of option names to values`);
    return result;
  }
  if (ownKind !== undefined && (content as { kind?: unknown }).kind === ownKind)
    return { ...result, isOwnDocument: true };
  for (const [key, value] of Object.entries(content)) {
    const option = options.find(
      ({ property, flag }) => property === key || flag === key || property === camelCase(key),
    );
    if (option) result.values.set(option, value);
    else result.problems.push(`${path}: unknown option "${key}"`);
  }
  return result;
}
