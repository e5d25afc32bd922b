/** Reads protobuf's wire format (protobuf.dev/programming-guides/encoding) off a buffer. Throws RangeError at a cut-off end. */
export class WireReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** Field number and wire type of the next field. */
  key(): { number: number; wireType: number } {
    const key = Number(this.varint());
    return { number: key >>> 3, wireType: key & 7 };
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than ten bytes');
  }

  /** An int32 or int64: negative numbers are sent as the two's complement of 64 bits. */
  integer(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  double(): number {
    const value = this.take(8).readDoubleLE(0);
    return value;
  }

  lengthDelimited(): Buffer {
    return this.take(Number(this.varint()));
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.take(8);
    else if (wireType === 2) this.lengthDelimited();
    else if (wireType === 5) this.take(4);
    else throw new RangeError(`wire type ${wireType}`);
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('unexpected EOF');
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
}
