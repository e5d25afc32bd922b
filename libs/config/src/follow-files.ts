import { readFileSync, statSync } from 'node:fs';

export interface FollowFiles<Name extends string> {
  /** By what each is to the reader. */
  paths: Readonly<Record<Name, string>>;
  /** What the reader has of them; without it what is in them now. */
  contents?: Record<Name, string>;
  /** Gets all contents when one has changed. What it throws is given to `failed`, and it is asked again at the next look. */
  changed: (contents: Record<Name, string>) => void;
  failed: (error: Error) => void;
  everyMs?: number;
}

/** Often enough for anything that is renewed days or minutes ahead. */
const lookMs = 10_000;

/**
 * Looks after files that somebody else renews while this process runs: certificates, keys. It goes by their times and not
 * by events, for a mounted Secret changes by a link. Files that are renewed together may be seen in between: whoever
 * reads them refuses what does not belong together and is asked again. The result ends it.
 */
export function followFiles<Name extends string>(options: FollowFiles<Name>): () => void {
  const { paths, changed, failed, everyMs = lookMs } = options;
  const names = Object.keys(paths) as Name[];
  if (names.length === 0) return () => undefined;
  const read = (): Record<Name, string> =>
    Object.fromEntries(names.map((name) => [name, readFileSync(paths[name], 'utf8')])) as Record<Name, string>;
  const states = (): string => names.map((name) => stateOf(paths[name])).join();
  let [seen, known] = ['', JSON.stringify(options.contents ?? quietly(read))];
  const look = (): void => {
    try {
      const state = states();
      if (state === seen) return;
      const contents = read();
      const text = JSON.stringify(contents);
      if (text !== known) changed(contents);
      [seen, known] = [state, text];
    } catch (error) {
      failed(error as Error);
    }
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Of what a link leads to. */
function stateOf(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return `${ino}/${mtimeMs}/${size}`;
}

/** What is not there yet counts as changed once it is. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
