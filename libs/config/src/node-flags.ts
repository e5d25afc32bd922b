/**
 * No app collects its young generation on several threads: the cores are there for the other processes of a cluster, and
 * threads that wait for each other cost more than they help (a fifth of a pod's way through the API server and scheduler).
 */
const everywhere = '--no-parallel-scavenge';

const ofItsOwn: Readonly<Record<string, readonly string[]>> = {
  // One file, whose own lines its stack traces name. It mostly holds bytes outside of V8's heap, and each MiB of a young
  // generation is three of its memory; with half of this a pod costs a tenth more.
  apiserver: ['--max-semi-space-size=16'],
  // It keeps what it reads: in a small young generation all of that is copied before it is seen to stay.
  scheduler: ['--min-semi-space-size=32', '--max-semi-space-size=32', '--enable-source-maps'],
};

/** Flags of the Node process that runs an app, for those who start it. */
export function nodeFlags(app: string): string[] {
  return [everywhere, ...(ofItsOwn[app] ?? ['--enable-source-maps'])];
}

/**
 * The environment that goes with them. glibc raises the size from which memory is given back when it is freed, as soon
 * as something large is freed; held where it starts, buffers of lists and batches do not stay with the API server.
 */
export function nodeEnvironment(app: string): Record<string, string> {
  return app === 'apiserver' ? { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' } : {};
}
