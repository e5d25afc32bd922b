/** One thing a NATS client says. */
export type ClientCommand =
  | { op: 'CONNECT'; options: ConnectOptions }
  | { op: 'PING' }
  | { op: 'PONG' }
  | { op: 'SUB'; subject: string; sid: string }
  | { op: 'UNSUB'; sid: string; max: number }
  | { op: 'PUB'; subject: string; reply: string; headerLength: number; payload: Buffer };

export interface ConnectOptions {
  verbose?: boolean;
  /** Who the client is, and its key's signature of what the server greeted it with. */
  jwt?: string;
  sig?: string;
}

export class ProtocolError extends Error {}

/** A client's credential is one line, and names every subject that it may hear. */
const maxLine = 256 * 1024;

/** Cuts the bytes of a NATS client into commands. Holds what is incomplete; throws ProtocolError on nonsense. */
export class ClientCommandParser {
  private rest: Buffer = Buffer.alloc(0);
  /** Bytes that must be there before it is worth looking again: a large payload comes in many pieces. */
  private needed = 0;
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(private readonly maxPayload: number) {}

  *push(piece: Buffer): Generator<ClientCommand> {
    this.pieces.push(piece);
    this.size += piece.length;
    if (this.size < this.needed) return;
    this.rest = this.pieces.length === 1 ? piece : Buffer.concat(this.pieces);
    this.needed = 0;
    for (;;) {
      const command = this.next();
      if (!command) break;
      yield command;
    }
    this.pieces = this.rest.length > 0 ? [this.rest] : [];
    this.size = this.rest.length;
  }

  private next(): ClientCommand | undefined {
    const end = this.rest.indexOf('\r\n');
    if (end < 0) {
      if (this.rest.length > maxLine) throw new ProtocolError('Maximum Control Line Exceeded');
      return undefined;
    }
    const line = this.rest.toString('utf8', 0, end);
    const [verb = '', ...args] = line.split(/[ \t]+/);
    const behind = end + 2;
    switch (verb.toUpperCase()) {
      case 'PUB':
      case 'HPUB':
        return this.publication(verb.toUpperCase() === 'HPUB', args, behind);
      default: {
        this.rest = this.rest.subarray(behind);
        return parseLine(verb.toUpperCase(), args, line);
      }
    }
  }

  private publication(hasHeaders: boolean, args: string[], start: number): ClientCommand | undefined {
    const numbers = hasHeaders ? 2 : 1;
    const sizes = args.slice(-numbers).map(Number);
    const [subject = '', reply = ''] = args.slice(0, -numbers);
    const total = sizes.at(-1) ?? NaN;
    const headerLength = hasHeaders ? (sizes[0] ?? NaN) : 0;
    if (!subject || !Number.isInteger(total) || !(headerLength >= 0 && headerLength <= total)) {
      throw new ProtocolError('Unknown Protocol Operation');
    }
    if (total > this.maxPayload) throw new ProtocolError('Maximum Payload Violation');
    if (this.rest.length < start + total + 2) {
      this.needed = start + total + 2;
      return undefined;
    }
    const payload = this.rest.subarray(start, start + total);
    this.rest = this.rest.subarray(start + total + 2);
    return { op: 'PUB', subject, reply, headerLength, payload };
  }
}

function parseLine(verb: string, args: string[], line: string): ClientCommand {
  switch (verb) {
    case 'PING':
      return { op: 'PING' };
    case 'PONG':
      return { op: 'PONG' };
    case 'SUB':
      // "SUB subject [queue] sid"; queue groups are not needed here and get every message.
      if (args.length < 2) break;
      return { op: 'SUB', subject: args[0] as string, sid: args.at(-1) as string };
    case 'UNSUB':
      return { op: 'UNSUB', sid: args[0] ?? '', max: Number(args[1] ?? 0) };
    case 'CONNECT':
      try {
        return { op: 'CONNECT', options: JSON.parse(line.slice('CONNECT'.length)) as object };
      } catch {
        break;
      }
  }
  throw new ProtocolError('Unknown Protocol Operation');
}

/** MSG or HMSG without the sid, which differs by subscription. */
export function deliveryOf(command: { subject: string; reply: string; headerLength: number; payload: Buffer }): {
  line(sid: string): string;
  payload: Buffer;
} {
  const reply = command.reply ? ` ${command.reply}` : '';
  const verb = command.headerLength > 0 ? 'HMSG' : 'MSG';
  const sizes = command.headerLength > 0 ? `${command.headerLength} ${command.payload.length}` : command.payload.length;
  return {
    line: (sid) => `${verb} ${command.subject} ${sid}${reply} ${sizes}\r\n`,
    // Copied out of the publisher's read buffer once, shared by all subscribers.
    payload: Buffer.concat([command.payload, Buffer.from('\r\n')]),
  };
}
