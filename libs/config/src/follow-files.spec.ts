import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followFiles } from './follow-files';

describe('followFiles', () => {
  let directory: string;
  let stop = (): void => undefined;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'follow-'))));
  afterEach(() => {
    stop();
    rmSync(directory, { recursive: true, force: true });
  });

  interface Told {
    contents: Record<string, string>[];
    failures: string[];
  }
  function follow(paths: Record<string, string>, judge: (contents: Record<string, string>) => void = () => undefined) {
    const told: Told = { contents: [], failures: [] };
    const changed = (contents: Record<string, string>): void => {
      judge(contents);
      told.contents.push(contents);
    };
    stop = followFiles({ paths, changed, failed: ({ message }) => told.failures.push(message), everyMs: 5 });
    return told;
  }
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const looks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

  it('tells of new contents once, and not of a file that was only touched', async () => {
    const file = join(directory, 'a');
    writeFileSync(file, 'one');
    const told = follow({ a: file });
    writeFileSync(file, 'one');
    await looks();
    expect(told.contents).toEqual([]);
    writeFileSync(file, 'two');
    await until(() => told.contents.length > 0);
    await looks();
    expect(told.contents).toEqual([{ a: 'two' }]);
  });

  it('follows a link that is turned', async () => {
    const link = join(directory, 'current');
    writeFileSync(join(directory, 'first'), 'same length 1');
    writeFileSync(join(directory, 'second'), 'same length 2');
    symlinkSync(join(directory, 'first'), link);
    const told = follow({ current: link });
    symlinkSync(join(directory, 'second'), `${link}.new`);
    renameSync(`${link}.new`, link);
    await until(() => told.contents.length > 0);
    expect(told.contents).toEqual([{ current: 'same length 2' }]);
  });

  it('asks again when what it read was not good, or not there', async () => {
    const [key, certificate] = [join(directory, 'key'), join(directory, 'crt')];
    writeFileSync(key, '1');
    writeFileSync(certificate, '1');
    const told = follow({ key, certificate }, (now) => {
      if (now['key'] !== now['certificate']) throw new Error('do not belong together');
    });
    writeFileSync(key, '2');
    await until(() => told.failures.includes('do not belong together'));
    expect(told.contents).toEqual([]);
    rmSync(certificate);
    await until(() => told.failures.some((message) => message.includes('ENOENT')));
    writeFileSync(certificate, '2');
    await until(() => told.contents.length > 0);
    expect(told.contents).toEqual([{ key: '2', certificate: '2' }]);
  });
});
