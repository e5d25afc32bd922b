import { installObstacle, installPackages, missingPackages, testTools } from '../cluster/debian-packages';
import { runChecks } from '../checks/run-checks';
import type { RegisterCommand } from './command';

export const registerTest: RegisterCommand = (program) =>
  void program
    .command('test')
    .description('check the whole repository: lint, format, types and all tests; arguments go to jest')
    .option('--only <project>', 'tests of this project alone, without lint', collect, [])
    .allowUnknownOption()
    .allowExcessArguments()
    .passThroughOptions()
    .argument('[jest arguments...]')
    .action(async (args: string[], { only }: { only: string[] }) => {
      const notes = await installWhatTestsNeed();
      process.exitCode = await runChecks({ only, args, notes });
    });

function collect(value: string, before: string[]): string[] {
  return [...before, ...value.split(',')];
}

/** Gives what could not be installed, for the summary. */
async function installWhatTestsNeed(): Promise<string[]> {
  const missing = missingPackages(testTools);
  if (missing.length === 0) return [];
  const obstacle = installObstacle();
  if (obstacle) return [`${missing.join(', ')} not installed (${obstacle}): tests that need them are skipped`];
  process.stdout.write(`installing ${missing.join(', ')} with apt-get\n`);
  try {
    await installPackages(missing);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
