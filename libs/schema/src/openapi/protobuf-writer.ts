/** Just enough of the protobuf wire format to write messages: no reading, no groups, no fixed-width integers. */
export class ProtobufWriter {
  private readonly chunks: Buffer[] = [];

  /** An absent value writes nothing, as proto3 has it. */
  string(field: number, value: unknown): this {
    return typeof value === 'string' && value !== '' ? this.bytes(field, Buffer.from(value)) : this;
  }

  strings(field: number, values: unknown): this {
    if (Array.isArray(values)) for (const value of values) this.bytes(field, Buffer.from(String(value)));
    return this;
  }

  boolean(field: number, value: unknown): this {
    if (value === true) this.chunks.push(varint(field << 3), varint(1));
    return this;
  }

  integer(field: number, value: unknown): this {
    if (typeof value === 'number' && value !== 0) this.chunks.push(varint(field << 3), varint(value));
    return this;
  }

  double(field: number, value: unknown): this {
    if (typeof value !== 'number') return this;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.chunks.push(varint((field << 3) | 1), bytes);
    return this;
  }

  /** A nested message; an empty one is still written. */
  message(field: number, message: ProtobufWriter | undefined): this {
    return message ? this.bytes(field, message.finish()) : this;
  }

  finish(): Buffer {
    return Buffer.concat(this.chunks);
  }

  private bytes(field: number, value: Buffer): this {
    this.chunks.push(varint((field << 3) | 2), varint(value.length), value);
    return this;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
