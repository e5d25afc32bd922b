import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { ConfigError, HelpRequested } from './config.error';
import { describeOptions } from './describe-options';
import { environmentName, optionsOf, type OptionDeclaration } from './option.decorator';
import { parseFlags } from './parse-flags';
import { readConfigFile } from './read-config-file';

export interface ConfigSources {
  /** The app's name as it stands in NESTOR_<APP>_<OPTION>, for example `scheduler`. */
  app: string;
  /** The arguments after the script's name; process.argv's by default. */
  argv?: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  about?: string;
}

/**
 * A configuration class may name a kind of document of its own (static ownDocument): a `--config FILE` of that kind is
 * left to the app, which finds the path in the property.
 */
export interface OwnDocument {
  kind: string;
  property: string;
}

/**
 * Defaults < `--config FILE` < environment < flags, then validated.
 * Throws ConfigError with every problem, or HelpRequested for `--help`.
 */
export function loadConfig<C extends object>(configClass: new () => C, sources: ConfigSources): C {
  const { app, argv = process.argv.slice(2), env = process.env } = sources;
  const options = optionsOf(configClass);
  const flags = parseFlags(argv, options);
  if (flags.help) throw new HelpRequested(describeOptions(configClass, app, sources.about));

  const problems = [...flags.problems];
  const given: Record<string, unknown> = {};
  // Where each value came from, so that a problem names what the user typed.
  const origin = new Map<string, string>();

  const { ownDocument } = configClass as { ownDocument?: OwnDocument };
  if (flags.configFile) {
    const file = readConfigFile(flags.configFile, options, ownDocument?.kind);
    if (ownDocument && file.isOwnDocument) given[ownDocument.property] = flags.configFile;
    problems.push(...file.problems);
    for (const [option, value] of file.values) {
      given[option.property] = value;
      origin.set(option.property, `${option.property} in ${flags.configFile}`);
    }
  }
  for (const option of options) {
    const name = environmentName(app, option);
    const value = env[name];
    if (value === undefined) continue;
    given[option.property] = convert(option, [value]);
    origin.set(option.property, name);
  }
  for (const [option, values] of flags.values) {
    given[option.property] = convert(option, values);
    origin.set(option.property, `--${option.flag}`);
  }

  const config = plainToInstance(configClass, given, { exposeDefaultValues: true });
  const nameOf = (property: string) =>
    origin.get(property) ?? `--${options.find((option) => option.property === property)?.flag ?? property}`;
  const validation = validateSync(config, { forbidUnknownValues: false });
  problems.push(...validation.flatMap((error) => describeProblems(error, nameOf(error.property))));
  if (problems.length > 0) throw new ConfigError(app, problems);
  return config;
}

/** Text to the option's type. What does not fit is left as text, for the validators to name. */
function convert(option: OptionDeclaration, values: readonly string[]): unknown {
  const text = values[values.length - 1]!;
  switch (option.type) {
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'list':
      return values
        .flatMap((value) => value.split(','))
        .map((value) => value.trim())
        .filter(Boolean);
    case 'object':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    default:
      return text;
  }
}

function describeProblems(error: ValidationError, name: string): string[] {
  const own = Object.values(error.constraints ?? {}).map((message) => {
    // class-validator starts its messages with the property; ours start with what the user typed.
    const rest = message.startsWith(`${error.property} `) ? message.slice(error.property.length + 1) : message;
    return `${name}: ${rest}, got ${JSON.stringify(error.value)}`;
  });
  const nested = (error.children ?? []).flatMap((child) => describeProblems(child, `${name}.${child.property}`));
  return [...own, ...nested];
}
