/**
 * Writes generated/definitions.json and generated/descriptions.json: the shape of every published definition, read from
 * the attribute maps and declarations of @kubernetes/client-node. Run by the `generate` target before build and test.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publishedNames } from './published-names';
import { readModel, type Model } from './read-model';

interface Property {
  type?: string;
  format?: string;
  ref?: string;
  items?: Property;
  additionalProperties?: Property;
}

interface Definition {
  type: 'object';
  properties: Record<string, Property>;
  required?: string[];
}

const INTSTR = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

function propertyOf(type: string, format: string, names: ReadonlyMap<string, string>): Property {
  const array = /^(?:Array|Set)<(.+)>$/.exec(type);
  if (array) return { type: 'array', items: propertyOf(array[1] as string, format, names) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) return { type: 'object', additionalProperties: propertyOf(map[1] as string, format, names) };
  if (type === 'string') return format === 'byte' ? { type: 'string', format: 'byte' } : { type: 'string' };
  if (type === 'boolean') return { type: 'boolean' };
  if (type === 'number') return numeric(format);
  if (type === 'IntOrString') return { ref: INTSTR };
  if (type === 'V1MicroTime') return { ref: `${META}MicroTime` };
  if (type === 'Date') return { ref: `${META}Time` };
  if (type === 'any') return {};
  const ref = names.get(type);
  if (ref === undefined) throw new Error(`@kubernetes/client-node has the type ${type}, which maps to no definition`);
  return { ref };
}

function numeric(format: string): Property {
  return format.startsWith('int') ? { type: 'integer', format } : { type: 'number', ...(format && { format }) };
}

function definitionOf(model: Model, names: ReadonlyMap<string, string>): Definition {
  const properties: Record<string, Property> = {};
  for (const attribute of model.attributes) {
    properties[attribute.baseName] = propertyOf(attribute.type, attribute.format, names);
  }
  return {
    type: 'object',
    properties,
    ...(model.required.length > 0 && { required: model.required }),
  };
}

function generate(clientNode: string, target: string): void {
  const gen = join(clientNode, 'dist', 'gen');
  const models = new Map<string, Model>();
  for (const file of readdirSync(join(gen, 'models'))) {
    if (!file.endsWith('.d.ts')) continue;
    const model = readModel(join(gen, 'models'), file.slice(0, -'.d.ts'.length));
    if (model) models.set(model.name, model);
  }
  const names = publishedNames(join(gen, 'apis'), models);
  const definitions: Record<string, Definition> = {};
  const descriptions: Record<string, Record<string, string>> = {};
  for (const [model, published] of [...names].sort((a, b) => (a[1] < b[1] ? -1 : 1))) {
    const read = models.get(model);
    if (!read) continue;
    definitions[published] = definitionOf(read, names);
    descriptions[published] = read.descriptions;
  }
  mkdirSync(target, { recursive: true });
  write(join(target, 'descriptions.json'), descriptions);
  write(join(target, 'definitions.json'), definitions);
  process.stdout.write(`${Object.keys(definitions).length} definitions\n`);
}

/** A reader never sees half a file. */
function write(file: string, content: unknown): void {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(content));
  renameSync(partial, file);
}

function packageRoot(name: string): string {
  for (let dir = __dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  throw new Error(`${name} is not installed; run npm ci`);
}

// Read once so that a half-installed package fails here and not with a missing kind later.
const clientNode = packageRoot('@kubernetes/client-node');
JSON.parse(readFileSync(join(clientNode, 'package.json'), 'utf8'));
generate(clientNode, join(__dirname, '..', 'generated'));
