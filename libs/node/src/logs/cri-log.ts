/** One line of a container's log in CRI format: time, stream, P(art) or F(ull), text. */
export interface LogEntry {
  time: string;
  stream: 'stdout' | 'stderr';
  /** With its newline where the line was ended. */
  content: Buffer;
}

const space = 0x20;

export function parseLogLine(line: Buffer): LogEntry | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  const afterTag = line.indexOf(space, afterStream + 1);
  if (afterTime < 0 || afterStream < 0) return undefined;
  const time = line.toString('latin1', 0, afterTime);
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tags = line.toString('latin1', afterStream + 1, afterTag < 0 ? line.length : afterTag);
  const text = afterTag < 0 ? Buffer.alloc(0) : line.subarray(afterTag + 1);
  const isPartial = tags.split(':')[0] === 'P';
  return { time, stream, content: isPartial ? text : Buffer.concat([text, newline]) };
}

const newline = Buffer.from('\n');

/** Splits a growing log into whole lines. */
export class LogLines {
  private rest: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): Buffer[] {
    const data = this.rest.length ? Buffer.concat([this.rest, chunk]) : chunk;
    const lines: Buffer[] = [];
    let at = 0;
    for (let end = data.indexOf(0x0a, at); end >= 0; end = data.indexOf(0x0a, at)) {
      lines.push(data.subarray(at, end));
      at = end + 1;
    }
    this.rest = data.subarray(at);
    return lines;
  }
}
