import type { Pod, Toleration } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, isPodCreate } from '../../admission-plugin';

const tolerationSeconds = 300;
const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

/** Pods stay five minutes on a node that stopped answering, unless they say otherwise (plugin DefaultTolerationSeconds). */
export class DefaultTolerationSecondsPlugin implements AdmissionPlugin {
  readonly name = 'DefaultTolerationSeconds';

  handles(request: AdmissionRequest): boolean {
    return isPodCreate(request);
  }

  admit({ object }: AdmissionRequest): void {
    const spec = (object as Pod).spec;
    if (!spec) return;
    const tolerations = spec.tolerations ?? [];
    const missing = taints.filter((key) => !tolerations.some((toleration) => tolerates(toleration, key)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...tolerations,
      ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds })),
    ];
  }
}

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
