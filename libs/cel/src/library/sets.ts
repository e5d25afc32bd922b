import { equals, someOf } from '../values/equality';
import { CelList } from '../values/list';
import { declare, Library } from './library';

const includes = (list: CelList, wanted: CelList): boolean => {
  for (const one of wanted) if (!someOf(list, (held) => equals(held, one))) return false;
  return true;
};

/** cel-go's sets extension. */
export const setsLibrary: Library = {
  functions: [
    declare('sets.contains(list(T), list(T)): bool', includes),
    declare('sets.equivalent(list(T), list(T)): bool', (a: CelList, b: CelList) => includes(a, b) && includes(b, a)),
    declare('sets.intersects(list(T), list(T)): bool', (a: CelList, b: CelList) =>
      someOf(a, (one) => someOf(b, (other) => equals(one, other))),
    ),
  ],
};
