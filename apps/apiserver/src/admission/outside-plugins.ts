import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { AdmissionPlugin, ObjectReader } from '@nestor/admission';

/** What a module of --admission-plugin-modules exports as `admissionPlugins`. */
export type AdmissionPluginsFactory = (given: { reader: ObjectReader }) => readonly AdmissionPlugin[];

const load = createRequire(resolve('apiserver.js'));

/** Plugins from outside: paths are relative to the working directory, anything else is a package. */
export function outsidePlugins(modules: readonly string[], reader: ObjectReader): AdmissionPlugin[] {
  return modules.flatMap((name) => {
    let exported: { admissionPlugins?: AdmissionPluginsFactory };
    try {
      exported = load(name) as typeof exported;
    } catch (error) {
      throw new Error(`--admission-plugin-modules: ${name} cannot be loaded`, { cause: error });
    }
    if (typeof exported.admissionPlugins !== 'function') {
      throw new Error(`--admission-plugin-modules: ${name} exports no function admissionPlugins`);
    }
    return [...exported.admissionPlugins({ reader })];
  });
}
