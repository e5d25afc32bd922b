import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { SnapshotPage, StoredObject } from '@nestor/store';

/**
 * A backup is gzipped lines of JSON: a header with the revision, a line for each object (its body as text, to the byte as
 * it is stored), and an end with the number of objects and the SHA-256 of all lines before.
 */
interface Header {
  nestorBackup: 1;
  revision: number;
  /** RFC 3339. */
  time: string;
}

interface End {
  end: true;
  objects: number;
  sha256: string;
}

type ObjectLine = Omit<StoredObject, 'body'> & { body: string };

const pageSize = 1000;

/** The lines of a backup, some at a time. */
export async function* writeBackup(pages: AsyncIterable<SnapshotPage>, time: string): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const lines = (values: readonly object[]): string => {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    hash.update(text);
    return text;
  };
  let objects = 0;
  let begun = false;
  for await (const page of pages) {
    if (!begun) yield lines([{ nestorBackup: 1, revision: page.revision, time } satisfies Header]);
    begun = true;
    objects += page.objects.length;
    yield lines(page.objects.map((object): ObjectLine => ({ ...object, body: object.body.toString('utf8') })));
  }
  yield `${JSON.stringify({ end: true, objects, sha256: hash.digest('hex') } satisfies End)}\n`;
}

/** Opens a backup. The objects come in pages; the last step throws when the file is not whole. */
export async function readBackup(
  path: string,
): Promise<{ revision: number; time: string; objects: AsyncIterable<StoredObject[]> }> {
  const lines = linesOf(path);
  const first = await lines.next();
  const header = first.done ? undefined : (parse(first.value) as Partial<Header>);
  if (header?.nestorBackup !== 1 || !Number.isSafeInteger(header.revision)) throw notWhole('it has no header');
  return { revision: header.revision!, time: header.time ?? '', objects: objectsOf(lines, first.value as string) };
}

async function* objectsOf(lines: AsyncIterable<string>, header: string): AsyncGenerator<StoredObject[]> {
  const hash = createHash('sha256').update(`${header}\n`);
  let page: StoredObject[] = [];
  let count = 0;
  let end: End | undefined;
  for await (const line of lines) {
    if (end) throw notWhole('something follows its end');
    const value = parse(line) as ObjectLine | End;
    if ('end' in value) {
      end = value;
      continue;
    }
    hash.update(`${line}\n`);
    page.push({ ...value, body: Buffer.from(value.body, 'utf8') });
    count += 1;
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
  if (!end) throw notWhole('its end is missing');
  if (end.objects !== count || end.sha256 !== hash.digest('hex')) throw notWhole('its checksum is another');
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = file.pipe(createGunzip());
  file.on('error', (error) => text.destroy(error));
  const failed = new Promise<never>((_, reject) => text.on('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input: text, crlfDelay: Infinity })[Symbol.asyncIterator]();
  try {
    for (;;) {
      // readline itself does not always pass on the errors of what it reads.
      const next = await Promise.race([lines.next(), failed]);
      if (next.done) break;
      yield next.value;
    }
    if (text.errored) await failed;
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw syscall ? error : notWhole(message);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw notWhole('a line is no JSON');
  }
}

const notWhole = (why: string): Error => new Error(`the file is no whole backup: ${why}`);
