import { containerTools, installObstacle, installPackages, missingPackages, type Tool } from './debian-packages';
import type { Progress } from './progress';
import type { UpConfig } from './up.config';

export interface RuntimeWish extends Pick<UpConfig, 'runtime'> {
  /** Whether a NATS server would be of use. */
  wantsNats: boolean;
}

/** Decides what runs containers and installs what that needs. Says why where it falls back to simulation. */
export async function chooseRuntime(config: RuntimeWish, progress: Progress): Promise<'containerd' | 'sim'> {
  if (config.runtime === 'sim') return 'sim';
  const wantNats = config.wantsNats ? (['nats'] as Tool[]) : [];
  const missing = missingPackages(containerTools);
  const obstacle = process.getuid?.() === 0 ? (missing.length ? installObstacle() : undefined) : 'not root';
  if (obstacle) {
    const why = missing.length ? `${obstacle}; missing: ${missing.join(', ')}` : obstacle;
    if (config.runtime === 'containerd') throw new Error(`real containers cannot run here: ${why}`);
    progress.say(`  runtime: simulated containers, because real ones cannot run here (${why})`);
    return 'sim';
  }
  try {
    if (missing.length) {
      await progress.step(`install ${missing.join(', ')} with apt-get`, () => installPackages(missing));
    }
  } catch (error) {
    if (config.runtime === 'containerd') throw error;
    progress.say(`  runtime: simulated containers, because ${(error as Error).message}`);
    return 'sim';
  }
  await installIfPossible(wantNats, progress);
  return 'containerd';
}

/** What is good to have; the cluster runs without it. */
async function installIfPossible(tools: readonly Tool[], progress: Progress): Promise<void> {
  const missing = missingPackages(tools);
  if (!missing.length || installObstacle()) return;
  try {
    await progress.step(`install ${missing.join(', ')} with apt-get`, () => installPackages(missing));
  } catch {
    progress.say(`  going on without ${missing.join(', ')}`);
  }
}
