import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';

type ItemCheck<T> = (item: T, path: string) => FieldError[];

/** A list beyond its limit is not looked into. */
export function validateList<T>(list: readonly T[] | undefined, max: number, path: string, item: ItemCheck<T>) {
  const items = list ?? [];
  if (items.length > max) return [field.tooMany(path, items.length, max)];
  return items.flatMap((one, at) => item(one, `${path}[${at}]`));
}

/** The same for lists in which no key comes twice. */
export function validateSet<T>(
  list: readonly T[] | undefined,
  max: number,
  path: string,
  { key, item }: { key: (one: T) => string; item: ItemCheck<T> },
): FieldError[] {
  const errors = validateList(list, max, path, item);
  if ((list?.length ?? 0) > max) return errors;
  const seen = new Set<string>();
  (list ?? []).forEach((one, at) => {
    const name = key(one);
    if (seen.has(name)) errors.push(field.duplicate(`${path}[${at}]`, name));
    seen.add(name);
  });
  return errors;
}

interface MapRules<T> {
  max?: number;
  /** A longer key is cut in the middle where it is part of a path. */
  keyLength: number;
  key: ItemCheck<string>;
  value: ItemCheck<T>;
}

export function validateMap<T>(map: Readonly<Record<string, T>> | undefined, path: string, rules: MapRules<T>) {
  const entries = Object.entries(map ?? {});
  if (rules.max !== undefined && entries.length > rules.max) return [field.tooMany(path, entries.length, rules.max)];
  return entries.flatMap(([key, value]) => [
    ...rules.key(key, path),
    ...rules.value(value, `${path}[${shortened(key, rules.keyLength)}]`),
  ]);
}

function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = max - '...'.length;
  return `${text.slice(0, Math.ceil(kept / 2))}...${text.slice(text.length - Math.floor(kept / 2))}`;
}
