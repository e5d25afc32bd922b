import { Socket } from 'node:net';

/** Names the file descriptor of a pipe whose other end the supervisor holds open. */
export const lifelineVariable = 'NESTOR_LIFELINE_FD';

/**
 * Calls `onGone` when the process that started this one is no more. The kernel closes the pipe however the
 * supervisor ended, kill -9 included, so no child outlives it.
 */
export function watchLifeline(onGone: () => void, env: NodeJS.ProcessEnv = process.env): void {
  const fd = Number(env[lifelineVariable]);
  if (!Number.isInteger(fd) || fd < 3) return;
  // A grandchild must not take the number for a pipe of its own.
  delete env[lifelineVariable];
  let gone = false;
  const end = () => {
    if (gone) return;
    gone = true;
    onGone();
  };
  try {
    const pipe = new Socket({ fd, readable: true, writable: false });
    pipe.on('error', end).on('close', end).resume();
    pipe.unref();
  } catch {
    // The descriptor is not open: whoever set the variable is gone already.
    end();
  }
}
