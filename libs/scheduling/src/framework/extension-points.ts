/** The extension points that a configuration can enable plugins at, in kube-scheduler's order. */
export const extensionPoints = [
  'preEnqueue',
  'queueSort',
  'preFilter',
  'filter',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
] as const;

export type ExtensionPoint = (typeof extensionPoints)[number];

/** The method by which a plugin says that it serves an extension point. */
export function pluginMethod(point: ExtensionPoint): string {
  return point === 'queueSort' ? 'compare' : point;
}

export function servesPoint(plugin: object, point: ExtensionPoint): boolean {
  return typeof (plugin as Record<string, unknown>)[pluginMethod(point)] === 'function';
}
