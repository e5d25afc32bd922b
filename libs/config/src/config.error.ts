/** Everything that is wrong with a configuration, one line for each problem, each naming its option. */
export class ConfigError extends Error {
  readonly exitCode = 2;

  constructor(
    readonly app: string,
    readonly problems: readonly string[],
  ) {
    super(
      [
        `${app}: the configuration is not valid:`,
        ...problems.map((problem) => `  ${problem}`),
        `Run with --help for the list of options.`,
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}

/** Thrown for `--help`: the text is the answer and the process ends well. */
export class HelpRequested extends Error {
  readonly exitCode = 0;

  constructor(readonly text: string) {
    super('help requested');
    this.name = 'HelpRequested';
  }
}
