import { createHash } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';

const pollMs = 1000;

export interface FollowSettings {
  /** The options that name the files, for errors, with their paths. */
  files: Readonly<Record<string, string>>;
  /** The texts in use now, in the order of the files. */
  texts: readonly string[];
  /** Takes up other texts, or throws: what was in use then stays. */
  use: (texts: readonly string[]) => void | Promise<void>;
  onError: (error: unknown) => void;
}

/** Calls back each time one of the files has another text, until it is told to stop. */
export function followFiles({ files, texts, use, onError }: FollowSettings): () => void {
  let known = digest(texts);
  let turn = Promise.resolve();
  const look = async (): Promise<void> => {
    const found = readFiles(files);
    const now = digest(found);
    if (now === known) return;
    // Also where it is of no use: the same text will not be better the next time.
    known = now;
    await use(found);
  };
  const onChange = (): void => {
    turn = turn.then(look).catch(onError);
  };
  // By their times and not by events: a mounted Secret changes by a link.
  for (const path of Object.values(files)) watchFile(path, { interval: pollMs, persistent: false }, onChange);
  // What changed before the times were first looked at.
  const first = setTimeout(onChange, pollMs).unref();
  return () => {
    clearTimeout(first);
    for (const path of Object.values(files)) unwatchFile(path, onChange);
  };
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

function digest(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('hex');
}
