import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function repositoryRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'nx.json'))) folder = dirname(folder);
  return folder;
}
