import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryDirectory } from '@nestor/testing';
import { followFiles, readFiles } from './follow-files';

describe('followFiles', () => {
  const directory = temporaryDirectory('follow-files');
  const path = (name: string): string => join(directory.path, name);
  const files = { 'cert-file': path('cert'), 'key-file': path('key') };
  const seen: string[][] = [];
  const errors: unknown[] = [];
  let stop: () => void;

  beforeEach(() => {
    writeFileSync(files['cert-file'], 'c1');
    writeFileSync(files['key-file'], 'k1');
    seen.length = errors.length = 0;
    stop = followFiles({
      files,
      texts: readFiles(files),
      use: (texts) => {
        if (texts.includes('bad')) throw new Error('bad text');
        seen.push([...texts]);
      },
      onError: (error) => errors.push(error),
    });
  });
  afterEach(() => stop());
  afterAll(() => directory.remove());

  it('tells of other texts, and not of the same written again', async () => {
    writeFileSync(files['cert-file'], 'c1');
    writeFileSync(files['key-file'], 'k2');
    await eventually(() => expect(seen).toEqual([['c1', 'k2']]));
  });

  it('goes on after texts that were of no use', async () => {
    writeFileSync(files['key-file'], 'bad');
    await eventually(() => expect(errors).toHaveLength(1));
    writeFileSync(files['key-file'], 'k3');
    await eventually(() => expect(seen).toEqual([['c1', 'k3']]));
  });

  it('follows links that are changed for others', async () => {
    stop();
    writeFileSync(path('v1'), 'one');
    writeFileSync(path('v2'), 'two');
    symlinkSync(path('v1'), path('link'));
    const linked = { 'client-ca-file': path('link') };
    const texts = readFiles(linked);
    stop = followFiles({ files: linked, texts, use: (found) => void seen.push([...found]), onError: fail });
    symlinkSync(path('v2'), path('link.new'));
    renameSync(path('link.new'), path('link'));
    await eventually(() => expect(seen).toEqual([['two']]));
  });

  it('names the option of a file that is not there', () => {
    unlinkSync(files['key-file']);
    expect(() => readFiles(files)).toThrow(/--key-file: cannot read .*ENOENT/);
  });
});

function fail(error: unknown): void {
  throw error;
}
