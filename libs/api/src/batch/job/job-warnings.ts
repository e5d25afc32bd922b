import type { Job, JobSpec } from '../../meta/json-types';
import { isDns1123Label } from '../../meta/names';
import { semanticEqual } from '../../meta/semantic-equal';

const manyCompletions = 100_000;
const manyParallel = 10_000;

export function jobSpecWarnings(spec: JobSpec | undefined, path: string): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec ?? {};
  if (completionMode !== 'Indexed' || completions <= manyCompletions || parallelism <= manyParallel) return [];
  return [
    `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, a Kubernetes control plane might not be able to track completedIndexes when a big number of indexes fail`,
  ];
}

export function nameWarnings(name: string | undefined): string[] {
  const problems = isDns1123Label(name ?? '');
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
  ];
}

export function jobWarnings(job: Job, old?: Readonly<Job>): string[] {
  if (!old) return [...nameWarnings(job.metadata.name), ...jobSpecWarnings(job.spec, 'spec')];
  return semanticEqual(job.spec, old.spec) ? [] : jobSpecWarnings(job.spec, 'spec');
}
