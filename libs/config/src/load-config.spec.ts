import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { ApiClientConfig, CommonConfig } from './common-config';
import { ConfigError, HelpRequested } from './config.error';
import { loadConfig } from './load-config';
import { Option } from './option.decorator';

class Limits {
  @IsInt()
  burst: number = 1;
}

class SampleConfig extends CommonConfig {
  @Option({ description: 'Port to serve on' })
  @IsInt()
  @Min(1)
  @Max(65535)
  port: number = 6443;

  @Option({ description: 'Which runtime' })
  @IsIn(['containerd', 'sim'])
  runtime: 'containerd' | 'sim' = 'sim';

  @Option({ description: 'Take part in the election' })
  @IsBoolean()
  leaderElect: boolean = false;

  @Option({ description: 'Which controllers run' })
  @IsArray()
  @IsString({ each: true })
  controllers: string[] = ['*'];

  @Option({ description: 'Where the database is', flag: 'database-url', env: 'DATABASE_URL' })
  @IsOptional()
  @IsString()
  databaseURL?: string;

  @Option({ description: 'Limits' })
  @ValidateNested()
  @Type(() => Limits)
  limits: Limits = new Limits();
}

const load = (argv: string[], env: Record<string, string> = {}) =>
  loadConfig(SampleConfig, { app: 'sample-app', argv, env });

function problems(argv: string[], env: Record<string, string> = {}): readonly string[] {
  try {
    load(argv, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  let dir: string;
  beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'nestor-config-'))));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const file = (content: string) => {
    const path = join(dir, 'config.yaml');
    writeFileSync(path, content);
    return path;
  };

  it('gives an instance with the defaults when nothing is said', () => {
    const config = load([]);
    expect(config).toBeInstanceOf(SampleConfig);
    expect(config).toMatchObject({ port: 6443, runtime: 'sim', leaderElect: false, logLevel: 'info' });
  });

  it('lets a flag win over the environment, that over the file, that over the default', () => {
    const path = file('port: 1\nlogLevel: debug\nruntime: containerd\n');
    const env = { NESTOR_SAMPLE_APP_PORT: '2', NESTOR_SAMPLE_APP_LOG_LEVEL: 'warn' };
    expect(load(['--config', path, '--port', '3'], env)).toMatchObject({
      port: 3,
      logLevel: 'warn',
      runtime: 'containerd',
    });
  });

  it.each([
    [['--leader-elect'], true],
    [['--leader-elect', 'true'], true],
    [['--leader-elect=false'], false],
    [['--no-leader-elect'], false],
  ])('reads the switch %j', (argv, expected) => expect(load(argv).leaderElect).toBe(expected));

  it('collects lists over commas and repeated flags', () => {
    expect(load(['--controllers', 'a,b', '--controllers=c']).controllers).toEqual(['a', 'b', 'c']);
  });

  it('takes names of its own for a flag and a variable', () => {
    expect(load(['--database-url=postgres://x']).databaseURL).toBe('postgres://x');
    expect(load([], { DATABASE_URL: 'postgres://y' }).databaseURL).toBe('postgres://y');
  });

  it('accepts the flag’s spelling in the file, and nested values', () => {
    const config = load(['--config', file('leader-elect: true\nlimits: { burst: 5 }\n')]);
    expect(config.leaderElect).toBe(true);
    expect(config.limits).toBeInstanceOf(Limits);
    expect(config.limits.burst).toBe(5);
  });

  it('names every problem by what the user typed', () => {
    expect(problems(['--port', 'many', '--runtime=docker', '--prot', '1', 'stray'])).toEqual([
      'unknown option --prot (did you mean --port?)',
      'unexpected argument "stray"',
      expect.stringMatching(/^--port: must .*got "many"$/),
      expect.stringMatching(/^--port: must .*got "many"$/),
      expect.stringMatching(/^--port: must .*got "many"$/),
      '--runtime: must be one of the following values: containerd, sim, got "docker"',
    ]);
    expect(problems([], { NESTOR_SAMPLE_APP_PORT: '70000' })).toEqual([
      'NESTOR_SAMPLE_APP_PORT: must not be greater than 65535, got 70000',
    ]);
    expect(problems(['--port'])).toEqual(['--port needs a value']);
    expect(problems(['--leader-elect=perhaps'])).toEqual(['--leader-elect: must be a boolean value, got "perhaps"']);
  });

  it('names the file and the option for problems in the file', () => {
    const path = file('prot: 1\nlimits: { burst: lots }\n');
    expect(problems(['--config', path])).toEqual([
      `${path}: unknown option "prot"`,
      expect.stringMatching(/^limits in .*\.burst: must be an integer number, got "lots"$/),
    ]);
    expect(problems(['--config', file('- a\n')])[0]).toContain('must be a mapping');
    expect(problems(['--config', join(dir, 'absent.yaml')])[0]).toContain('ENOENT');
    expect(problems(['--config', file('a: [')])[0]).toContain(path);
  });

  it('lists every option with its default and variable for --help, even beside mistakes', () => {
    const help = (() => {
      try {
        load(['--port', 'many', '--help']);
      } catch (error) {
        if (error instanceof HelpRequested) return error.text;
      }
      return '';
    })();
    expect(help).toContain('--port <number>\n      Port to serve on (default: 6443)\n      env NESTOR_SAMPLE_APP_PORT');
    expect(help).toContain('--leader-elect\n');
    expect(help).toContain('env DATABASE_URL');
    expect(help).toContain('--tracing-endpoint');
    // Its own options come before those every process has.
    expect(help.indexOf('--port')).toBeLessThan(help.indexOf('--log-level'));
  });

  it('validates what the API clients share', () => {
    const client = (argv: string[]) => loadConfig(ApiClientConfig, { app: 'scheduler', argv, env: {} });
    expect(client(['--nats-url', 'tls://127.0.0.1:4222']).natsUrl).toBe('tls://127.0.0.1:4222');
    expect(() => client(['--nats-url', 'http://x'])).toThrow(/--nats-url: .*must start with nats/);
    expect(() => client(['--tracing-endpoint', 'nowhere'])).toThrow(/--tracing-endpoint/);
    expect(client(['--tracing-endpoint', 'http://127.0.0.1:4318/v1/traces']).tracingEndpoint).toBeDefined();
  });

  it('gives back any port and any list through flags, the environment and the file alike', () => {
    const words = fc.array(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65535 }), words, (port, controllers) => {
        const path = file(JSON.stringify({ port, controllers }));
        for (const config of [
          load(['--port', String(port), `--controllers=${controllers.join(',')}`]),
          load([], { NESTOR_SAMPLE_APP_PORT: String(port), NESTOR_SAMPLE_APP_CONTROLLERS: controllers.join(',') }),
          load(['--config', path]),
        ]) {
          expect(config.port).toBe(port);
          expect(config.controllers).toEqual(controllers);
        }
      }),
      { numRuns: 40 },
    );
  });
});
