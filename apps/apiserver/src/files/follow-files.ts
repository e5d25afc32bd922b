import { readFileSync } from 'node:fs';
import { followFiles as follow } from '@nestor/config';

const everyMs = 1000;

export interface FollowSettings {
  /** The options that name the files, for errors, with their paths. */
  files: Readonly<Record<string, string>>;
  /** The texts in use now, in the order of the files. */
  texts: readonly string[];
  /** Takes up other texts, one change after the other, or throws: what was in use then stays. */
  use: (texts: readonly string[]) => void | Promise<void>;
  onError: (error: unknown) => void;
}

/**
 * Calls back each time one of the files has another text, until it is told to stop. Texts that are of no use are not
 * tried again: the same will not be better the next time.
 */
export function followFiles({ files, texts, use, onError }: FollowSettings): () => void {
  const names = Object.keys(files);
  let turn = Promise.resolve();
  let unread: string | undefined;
  return follow({
    paths: files,
    contents: Object.fromEntries(names.map((name, at) => [name, texts[at] ?? ''])),
    everyMs,
    changed: (contents) => {
      unread = undefined;
      turn = turn.then(() => use(names.map((name) => contents[name] ?? ''))).catch(onError);
    },
    failed: (error) => {
      if (error.message !== unread) onError(error);
      unread = error.message;
    },
  });
}

/** Their texts; throws an Error that names the option of a file that cannot be read. */
export function readFiles(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).map(([option, path]) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw new Error(`--${option}: cannot read ${path}: ${(cause as Error).message}`, { cause });
    }
  });
}
