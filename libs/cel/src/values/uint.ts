/** An unsigned integer of 64 bits; signed ones are plain bigints. */
export class Uint {
  constructor(readonly value: bigint) {}
}
