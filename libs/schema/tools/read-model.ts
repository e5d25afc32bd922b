import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Model {
  /** The class, e.g. V1DeploymentSpec. */
  name: string;
  attributes: readonly { baseName: string; type: string; format: string }[];
  required: string[];
  /** By property; '.' is the model's own. */
  descriptions: Record<string, string>;
}

/** Reads one generated model class; undefined where the file holds no model. */
export function readModel(folder: string, name: string): Model | undefined {
  const code = readFileSync(join(folder, `${name}.js`), 'utf8');
  const map = /\.attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(code) ?? /\.attributeTypeMap = (\[\]);/.exec(code);
  if (!map) return undefined;
  const attributes = JSON.parse(map[1] as string) as (Model['attributes'][number] & { name: string })[];
  const declaration = readFileSync(join(folder, `${name}.d.ts`), 'utf8');
  const optional = new Map<string, boolean>();
  const documented = new Map<string, string>();
  for (const found of declaration.matchAll(/(?:\/\*\*\n((?:(?!\*\/)[\s\S])*?)\*\/\n)?    '([^']+)'(\?)?: /g)) {
    optional.set(found[2] as string, found[3] === '?');
    if (found[1] !== undefined) documented.set(found[2] as string, plainText(found[1]));
  }
  const descriptions: Record<string, string> = {};
  const own = /\/\*\*\n((?:(?!\*\/)[\s\S])*?)\*\/\nexport declare class/.exec(declaration);
  if (own) descriptions['.'] = plainText(own[1] as string);
  const required: string[] = [];
  for (const attribute of attributes) {
    if (!optional.has(attribute.name)) throw new Error(`${name}.d.ts does not declare ${attribute.name}`);
    if (!optional.get(attribute.name)) required.push(attribute.baseName);
    const text = documented.get(attribute.name);
    if (text !== undefined) descriptions[attribute.baseName] = text;
  }
  return { name, attributes, required, descriptions };
}

/** A JSDoc body without its stars and without the escapes the generator put in front of quotes. */
function plainText(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replace(/\\(['"\\])/g, '$1');
}
