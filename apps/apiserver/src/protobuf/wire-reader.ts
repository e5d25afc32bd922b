/** One field on the wire: its number, and its value as a varint or as bytes. */
export interface WireField {
  number: number;
  varint?: bigint;
  bytes?: Buffer;
}

export class WireError extends Error {}

/** The fields of an encoded message, in order. */
export function* wireFields(message: Buffer): Iterable<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireError('a varint is too long');
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new WireError('unexpected EOF');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, varint: varint() };
        break;
      case 1:
        yield { number, bytes: take(8) };
        break;
      case 2:
        yield { number, bytes: take(Number(varint())) };
        break;
      case 5:
        yield { number, bytes: take(4) };
        break;
      default:
        throw new WireError(`wire type ${tag & 7} is not in use`);
    }
  }
}
