/** A type as a value: what type(x) gives, and names as int or string stand for. */
export class TypeValue {
  constructor(readonly name: string) {}
}
