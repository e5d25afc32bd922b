import type { StructuralSchema } from '@nestor/schema';
import { semanticEqual } from '../../meta/semantic-equal';

/**
 * What a value was before, as far as that can be told (common.CorrelatedObject): fields by name, elements of a list of
 * type map by their keys, and nothing below what is atomic. An error is forgiven where nothing changed.
 */
export class Correlation {
  private same: boolean | undefined;

  private constructor(
    private readonly value: unknown,
    /** undefined: there is nothing it could be compared with. */
    readonly old: unknown,
    private readonly parent?: Correlation,
  ) {}

  static root(value: unknown, old: unknown): Correlation {
    return new Correlation(value, old);
  }

  /** The field or entry of that name. What is not correlatable is forgiven as the nearest that is. */
  key(schema: StructuralSchema, name: string, value: unknown): Correlation {
    // Both sides were converted to one version, so these two cannot be seen to change.
    const hidden = this.parent === undefined && (name === 'apiVersion' || name === 'kind');
    const { old } = this;
    const comparable = schema.mapType !== 'atomic' && isRecord(old) && Object.hasOwn(old, name);
    return new Correlation(value, comparable ? old[name] : undefined, hidden ? undefined : this);
  }

  item(schema: StructuralSchema, value: unknown): Correlation {
    const keys = schema.listType === 'map' && Array.isArray(this.old) ? schema.listMapKeys : undefined;
    const same =
      keys && (this.old as unknown[]).find((old) => keys.every((key) => fieldOf(old, key) === fieldOf(value, key)));
    return new Correlation(value, same, this);
  }

  get isUnchanged(): boolean {
    if (this.old === undefined) return this.parent?.isUnchanged ?? false;
    return (this.same ??= semanticEqual(this.value, this.old));
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const fieldOf = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);
