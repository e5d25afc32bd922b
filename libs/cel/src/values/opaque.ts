/** A value of a library's own type: URL, IP, quantity. Only the library's functions look inside. */
export abstract class OpaqueValue {
  abstract readonly typeName: string;
  abstract equals(other: OpaqueValue): boolean;
}
