type Yaml = typeof import('yaml');

let loaded: Yaml | undefined;

/** The yaml library, loaded with the first body or answer in YAML: most servers never see one. */
export function yaml(): Yaml {
  loaded ??= require('yaml') as Yaml;
  return loaded;
}
