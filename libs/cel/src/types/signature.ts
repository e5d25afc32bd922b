import { CelType, DYN, listOf, mapOf, opaque, optionalOf, param, typeOf } from './cel-type';

/** One way to call a function. */
export interface Overload {
  /** cel-go's name of it, where costs depend on which overload is called. */
  readonly id: string;
  readonly function: string;
  readonly member: boolean;
  /** The receiver of a member function comes first. */
  readonly params: readonly CelType[];
  readonly result: CelType;
}

const scalars: Readonly<Record<string, CelType['kind']>> = {
  dyn: 'dyn',
  null_type: 'null_type',
  bool: 'bool',
  int: 'int',
  uint: 'uint',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  duration: 'google.protobuf.Duration',
  timestamp: 'google.protobuf.Timestamp',
};

/**
 * Reads a declaration as one would write it in prose: "string.split(string, int): list(string)" is a member of strings,
 * "sets.contains(list(T), list(T)): bool" a function. Single capital letters are type parameters, other names opaque types.
 */
export function parseSignature(text: string, id = text): Overload {
  const reader = new SignatureReader(text);
  return reader.overload(id);
}

class SignatureReader {
  private at = 0;
  constructor(private readonly text: string) {}

  overload(id: string): Overload {
    const open = this.callStart();
    const dot = this.text.lastIndexOf('.', open);
    const receiver = dot < 0 ? '' : this.text.slice(0, dot);
    const member = receiver !== '' && !namespaces.has(receiver);
    const params = member ? [new SignatureReader(receiver).type()] : [];
    this.at = open + 1;
    while (this.text[this.at] !== ')') {
      params.push(this.type());
      this.skip(', ');
    }
    this.skip('): ');
    const name = member ? this.text.slice(dot + 1, open) : this.text.slice(0, open);
    return { id, function: name, member, params, result: this.type() };
  }

  type(): CelType {
    const [name = ''] = /^[\w.]+/.exec(this.text.slice(this.at)) ?? [];
    this.at += name.length;
    const params: CelType[] = [];
    if (this.text[this.at] === '(') {
      this.at += 1;
      while (this.text[this.at] !== ')') {
        params.push(this.type());
        this.skip(', ');
      }
      this.at += 1;
    }
    return made(name, params);
  }

  /** The parenthesis that opens the arguments: the last one at depth nought before ": ". */
  private callStart(): number {
    let depth = 0;
    for (let at = this.text.lastIndexOf('): '); at >= 0; at -= 1) {
      if (this.text[at] === ')') depth += 1;
      if (this.text[at] === '(') depth -= 1;
      if (depth === 0) return at;
    }
    throw new Error(`no signature: ${this.text}`);
  }

  private skip(text: string): void {
    for (const one of text) if (this.text[this.at] === one) this.at += 1;
  }
}

const namespaces: ReadonlySet<string> = new Set(['sets', 'optional', 'ip', 'format', 'strings', 'jsonpatch']);

function made(name: string, params: CelType[]): CelType {
  const scalar = scalars[name];
  if (scalar) return { kind: scalar, params: [] };
  const [first = DYN, second = DYN] = params;
  if (name === 'list') return listOf(first);
  if (name === 'map') return mapOf(first, second);
  if (name === 'optional') return optionalOf(first);
  if (name === 'type') return typeOf(first);
  return /^[A-Z]$/.test(name) ? param(name) : opaque(name);
}
