const nodeNameKey = '"nodeName":"';
// Metadata has no key of this name with an object as its value: there a map's values are texts, and keys in managedFields begin with "f:".
const specKey = '"spec":{';
/** Maps in a spec whose keys a user chooses, so that one could be called nodeName. */
const userMaps = [
  '"nodeSelector":{',
  '"matchLabels":{',
  '"labels":{',
  '"annotations":{',
  '"volumeAttributes":{',
  '"options":{',
];

/**
 * The node that a pod, given as its JSON, is bound to. The bytes are searched: a parse is spared for pods that are bound
 * to none, and for those where the key stands once, in a spec that has no map of a user's own keys.
 */
export function nodeOfPod(pod: Buffer): string | undefined {
  const at = pod.indexOf(nodeNameKey);
  if (at < 0) return undefined;
  const spec = pod.indexOf(specKey);
  const isPlain = at > spec && pod.indexOf(nodeNameKey, at + 1) < 0 && !userMaps.some((map) => pod.includes(map, spec));
  if (spec >= 0 && isPlain) {
    const start = at + nodeNameKey.length;
    return pod.toString('latin1', start, pod.indexOf(0x22, start)) || undefined;
  }
  const { spec: parsed } = JSON.parse(pod.toString()) as { spec?: { nodeName?: string } };
  return parsed?.nodeName || undefined;
}
