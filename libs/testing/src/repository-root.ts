import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with nx.json, from the sources and from dist alike. */
export function repositoryRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'nx.json'))) folder = dirname(folder);
  return folder;
}
