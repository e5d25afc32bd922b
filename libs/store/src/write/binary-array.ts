/**
 * Postgres' binary array format (array_send/array_recv). node-postgres sends a Buffer as a binary parameter but an array
 * as text, where every body would travel as hex: twice the bytes and two conversions for each write.
 */
const oid = { int8: 20, bytea: 17, text: 25 } as const;

function header(elementType: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(20);
  bytes.writeInt32BE(1, 0); // dimensions
  bytes.writeInt32BE(0, 4); // no nulls
  bytes.writeInt32BE(elementType, 8);
  bytes.writeInt32BE(count, 12);
  bytes.writeInt32BE(1, 16); // lower bound
  return bytes;
}

/** Into a buffer that is used again: nobody but the caller may hold it, and only until the next call. */
export class ByteaArrays {
  private buffer = Buffer.allocUnsafeSlow(64 * 1024);

  encode(items: readonly Buffer[]): Buffer {
    let size = 20;
    for (const item of items) size += 4 + item.length;
    if (size > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(2 * size);
    // A single large batch should not be paid for ever.
    else if (this.buffer.length > keepBytes && size <= keepBytes) this.buffer = Buffer.allocUnsafeSlow(keepBytes);
    const { buffer } = this;
    header(oid.bytea, items.length).copy(buffer);
    let at = 20;
    for (const item of items) {
      buffer.writeInt32BE(item.length, at);
      at += 4 + item.copy(buffer, at + 4);
    }
    return buffer.subarray(0, size);
  }
}
const keepBytes = 1024 * 1024;

export function textArray(items: readonly string[]): Buffer {
  let size = 20;
  for (const item of items) size += 4 + Buffer.byteLength(item);
  const bytes = Buffer.allocUnsafe(size);
  header(oid.text, items.length).copy(bytes);
  let at = 20;
  for (const item of items) {
    const length = bytes.write(item, at + 4);
    bytes.writeInt32BE(length, at);
    at += 4 + length;
  }
  return bytes;
}

export function int8Array(items: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(20 + 12 * items.length);
  header(oid.int8, items.length).copy(bytes);
  let at = 20;
  for (const item of items) {
    bytes.writeInt32BE(8, at);
    bytes.writeBigInt64BE(BigInt(item), at + 4);
    at += 12;
  }
  return bytes;
}
