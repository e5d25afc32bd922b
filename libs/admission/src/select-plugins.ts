import type { AdmissionPlugin } from './admission-plugin';

export interface PluginSwitches {
  enable: readonly string[];
  disable: readonly string[];
}

/**
 * Those of the plugins, in their order, that run: all that are on by default, with and without what the flags name
 * (`--enable-admission-plugins`, `--disable-admission-plugins`).
 */
export function selectPlugins(plugins: readonly AdmissionPlugin[], switches: PluginSwitches): AdmissionPlugin[] {
  const { enable, disable } = switches;
  const known = new Set(plugins.map(({ name }) => name));
  for (const [flag, names] of Object.entries(switches) as [keyof PluginSwitches, readonly string[]][]) {
    const stranger = names.find((name) => !known.has(name));
    if (stranger === undefined) continue;
    const list = [...known].sort().join(', ');
    throw new Error(`--${flag}-admission-plugins: plugin ${JSON.stringify(stranger)} is unknown; there are ${list}`);
  }
  const both = enable.filter((name) => disable.includes(name));
  if (both.length > 0) {
    throw new Error(`[${both.join(' ')}] in --enable-admission-plugins and --disable-admission-plugins overlapped`);
  }
  const isOn = ({ name, onByDefault = true }: AdmissionPlugin): boolean =>
    enable.includes(name) || (onByDefault && !disable.includes(name));
  return plugins.filter(isOn);
}
