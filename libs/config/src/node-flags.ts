/**
 * Flags of the Node process that runs an app, for those who start it.
 *
 * The API server is one file, whose own lines its stack traces name, and mostly holds bytes outside of V8's heap: with a
 * small young generation it needs 25 MiB less, at a cost that does not show.
 *
 * No app collects its young generation on several threads: the cores are there for the other processes of a cluster, and
 * threads that wait for each other cost more than they help (a fifth of a pod's way through the API server and scheduler).
 */
export function nodeFlags(app: string): string[] {
  return ['--no-parallel-scavenge', app === 'apiserver' ? '--max-semi-space-size=8' : '--enable-source-maps'];
}

/**
 * The environment that goes with them. glibc raises the size from which memory is given back when it is freed, as soon
 * as something large is freed; held where it starts, buffers of lists and batches do not stay with the API server.
 */
export function nodeEnvironment(app: string): Record<string, string> {
  return app === 'apiserver' ? { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' } : {};
}
