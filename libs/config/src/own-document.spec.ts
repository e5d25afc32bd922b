import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsInt } from 'class-validator';
import { loadConfig } from './load-config';
import { Option } from './option.decorator';

class WithDocument {
  static readonly ownDocument = { kind: 'Widget', property: 'document' };
  document?: string;

  @Option({ description: 'how many' })
  @IsInt()
  count: number = 1;
}

function load(content: string, ...flags: string[]): { path: string; config: WithDocument } {
  const path = join(mkdtempSync(join(tmpdir(), 'nestor-config-')), 'file.yaml');
  writeFileSync(path, content);
  return { path, config: loadConfig(WithDocument, { app: 'test', env: {}, argv: ['--config', path, ...flags] }) };
}

describe('a configuration file of the kind an app reads itself', () => {
  it('is left to the app, flags beside it count', () => {
    const { path, config } = load('kind: Widget\nanything: 1\n', '--count=3');
    expect(config.document).toBe(path);
    expect(config.count).toBe(3);
  });

  it('is one of options otherwise', () => {
    expect(load('count: 2\n').config).toEqual({ count: 2 });
  });
});
