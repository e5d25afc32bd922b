/** Labels of kubernetes.io and k8s.io that are a kubelet's own to set (kubeletapis.IsKubeletLabel). */
const kubeletLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'beta.kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/windows-build',
]);
const kubeletNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Labels = Readonly<Record<string, string>>;

const isWithin = (namespace: string, domain: string): boolean =>
  namespace === domain || namespace.endsWith(`.${domain}`);

function isForbidden(label: string): boolean {
  const [namespace = ''] = label.includes('/') ? label.split('/') : [];
  if (isWithin(namespace, 'node-restriction.kubernetes.io')) return true;
  const isOfKubernetes = isWithin(namespace, 'kubernetes.io') || isWithin(namespace, 'k8s.io');
  return (
    isOfKubernetes && !kubeletLabels.has(label) && !kubeletNamespaces.some((domain) => isWithin(namespace, domain))
  );
}

/** What a node changes of its labels and must not: that could draw workloads to it that are meant for others. */
export function forbiddenLabels(labels: Labels = {}, before: Labels = {}): string[] {
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(before)])].filter(
    (label) => labels[label] !== before[label],
  );
  return changed.filter(isForbidden).sort();
}
