const nodeNameKey = '"nodeName":"';
// Metadata has no key of this name with an object as its value: there a map's values are texts, and keys in managedFields begin with "f:".
const specKey = '"spec":{';
/** Maps in a spec whose keys a user chooses, so that one could be called nodeName. */
const userMap = /"(?:nodeSelector|matchLabels|labels|annotations|volumeAttributes|options)":\{/;

/**
 * The node that a pod, given as its JSON, is bound to. The bytes are searched: a parse is spared for pods that are bound
 * to none, and for those where the key stands once, in a spec that has no map of a user's own keys.
 */
export function nodeOfPod(pod: Buffer): string | undefined {
  const at = pod.indexOf(nodeNameKey);
  if (at < 0) return undefined;
  const spec = pod.indexOf(specKey);
  if (spec >= 0 && at > spec && isPlain(pod, spec, at)) {
    const start = at + nodeNameKey.length;
    return pod.toString('latin1', start, pod.indexOf(0x22, start)) || undefined;
  }
  const { spec: parsed } = JSON.parse(pod.toString()) as { spec?: { nodeName?: string } };
  return parsed?.nodeName || undefined;
}

/** As a text, which one expression searches faster for all maps than the bytes are searched for each. */
function isPlain(pod: Buffer, spec: number, at: number): boolean {
  const text = pod.toString('latin1', spec);
  return !text.includes(nodeNameKey, at - spec + 1) && !userMap.test(text);
}
