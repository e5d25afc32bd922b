import { pino, type DestinationStream } from 'pino';

/** Beyond this much text the lines of a turn are written before its end. */
const mostText = 64 * 1024;

/**
 * Writes the lines of one turn of the event loop with one system call, at its end. A busy process logs many a turn,
 * and the call costs more than making the line; a process that ends or crashes still writes all of them.
 */
export function turnDestination(fd: number): DestinationStream {
  const destination = pino.destination({ fd, sync: true });
  let lines = '';
  const flush = (): void => {
    if (lines === '') return;
    const text = lines;
    lines = '';
    destination.write(text);
  };
  process.once('exit', flush);
  return {
    write(line: string): void {
      if (lines === '') setImmediate(flush);
      lines += line;
      if (lines.length > mostText) flush();
    },
  };
}
