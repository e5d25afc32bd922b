import { environmentName, optionsOf, type OptionDeclaration } from './option.decorator';

/** The text of `--help`: every option with its kind, default and environment variable. */
export function describeOptions(configClass: new () => object, app: string, about?: string): string {
  const defaults = new configClass() as Record<string, unknown>;
  const lines = optionsOf(configClass).flatMap((option) => describe(option, app, defaults[option.property]));
  return [
    `Usage: ${app} [options]`,
    ...(about ? ['', about] : []),
    '',
    'Options (a flag wins over the environment, that over the file, that over the default):',
    '  --config <file>',
    '      YAML file with options by name',
    ...lines,
    '  --help',
    '      Print this text',
    '',
  ].join('\n');
}

function describe(option: OptionDeclaration, app: string, fallback: unknown): string[] {
  const value = option.type === 'boolean' ? '' : ` <${option.type}>`;
  const shown =
    option.settings.secret || fallback === undefined || fallback === ''
      ? ''
      : ` (default: ${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)})`;
  return [
    `  --${option.flag}${value}`,
    `      ${option.settings.description}${shown}`,
    `      env ${environmentName(app, option)}`,
  ];
}
