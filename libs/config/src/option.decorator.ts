import 'reflect-metadata';

export interface OptionSettings {
  /** One line for `--help`. */
  description: string;
  /** The whole name of the environment variable, where it is not NESTOR_<APP>_<OPTION>. */
  env?: string;
  /** The flag without dashes, where it is not the property in kebab-case. */
  flag?: string;
  /** Keeps the default out of `--help`. */
  secret?: boolean;
}

export type OptionType = 'string' | 'number' | 'boolean' | 'list' | 'object';

export interface OptionDeclaration {
  property: string;
  type: OptionType;
  flag: string;
  settings: OptionSettings;
}

const declared = new WeakMap<object, Map<string, OptionDeclaration>>();

/** Marks a property of a configuration class as an option. Its type comes from the property's declared type. */
export function Option(settings: OptionSettings): PropertyDecorator {
  return (prototype, key) => {
    const property = String(key);
    const own = declared.get(prototype) ?? new Map<string, OptionDeclaration>();
    declared.set(prototype, own);
    own.set(property, {
      property,
      type: optionType(Reflect.getMetadata('design:type', prototype, key)),
      flag: settings.flag ?? kebabCase(property),
      settings,
    });
  };
}

/** The options of a class with those it inherits, the class's own first. */
export function optionsOf(configClass: new () => object): OptionDeclaration[] {
  const found = new Map<string, OptionDeclaration>();
  for (let prototype = configClass.prototype; prototype; prototype = Object.getPrototypeOf(prototype)) {
    for (const [property, option] of declared.get(prototype) ?? []) {
      if (!found.has(property)) found.set(property, option);
    }
  }
  return [...found.values()];
}

function optionType(designType: unknown): OptionType {
  if (designType === Number) return 'number';
  if (designType === Boolean) return 'boolean';
  if (designType === Array) return 'list';
  // A union of string literals and an optional string both arrive as String.
  if (designType === String || designType === undefined) return 'string';
  return 'object';
}

export function kebabCase(property: string): string {
  return property
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function environmentName(app: string, option: OptionDeclaration): string {
  return option.settings.env ?? `NESTOR_${app}_${kebabCase(option.property)}`.replace(/-/g, '_').toUpperCase();
}
