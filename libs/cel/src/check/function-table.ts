import type { Declared, Library } from '../library/library';

/** All overloads of the libraries that an environment has, by function name. */
export class FunctionTable {
  private readonly byName = new Map<string, Declared[]>();
  readonly typeNames = new Set<string>();

  constructor(libraries: readonly Library[]) {
    for (const { functions, types = [] } of libraries) {
      for (const name of types) this.typeNames.add(name);
      for (const one of functions) {
        const held = this.byName.get(one.function);
        if (held) held.push(one);
        else this.byName.set(one.function, [one]);
      }
    }
  }

  overloads(name: string): readonly Declared[] | undefined {
    return this.byName.get(name);
  }
}
