import { pino, type DestinationStream } from 'pino';

/** Beyond this much text lines are written at once. */
const mostText = 64 * 1024;
/** Milliseconds between two writes of a process that logs without a pause. */
const betweenWrites = 10;

/**
 * Writes the lines of one turn of the event loop with one system call, at its end; those of the turns that follow within
 * a moment wait for each other. A busy process logs many a turn, and the call costs more than making the line; a
 * process that ends or crashes still writes all of them, only one that is killed loses those of the last moment.
 */
export function turnDestination(fd: number): DestinationStream {
  const destination = pino.destination({ fd, sync: true });
  let lines = '';
  let writtenAt = 0;
  const flush = (): void => {
    if (lines === '') return;
    const text = lines;
    lines = '';
    writtenAt = performance.now();
    destination.write(text);
  };
  const flushSoon = (): void => {
    if (performance.now() - writtenAt > betweenWrites) setImmediate(flush);
    else setTimeout(flush, betweenWrites);
  };
  process.once('exit', flush);
  return {
    write(line: string): void {
      if (lines === '') flushSoon();
      lines += line;
      if (lines.length > mostText) flush();
    },
  };
}
