import { usageEvaluatorOf } from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest } from '../../admission-plugin';
import type { LimitedResource } from './quota-check';
import { QuotaLedger, type QuotaStore } from './quota-ledger';

const changing: ReadonlySet<string> = new Set(['services', 'persistentvolumeclaims']);

/** Nothing is made for which a quota of its namespace has no room (plugin ResourceQuota). The last to judge. */
export class ResourceQuotaPlugin implements AdmissionPlugin {
  readonly name = 'ResourceQuota';
  private readonly ledger: QuotaLedger;

  constructor(
    private readonly store: QuotaStore,
    private readonly limited: readonly LimitedResource[] = [],
  ) {
    this.ledger = new QuotaLedger(store);
  }

  handles({ operation, group, resource, subresource, namespace, namespaced, object }: AdmissionRequest): boolean {
    if (!namespaced || namespace === '' || !object) return false;
    if (operation === 'CREATE') return subresource === '';
    if (operation !== 'UPDATE' || group !== '') return false;
    if (resource === 'pods') return subresource === 'resize';
    if (resource === 'persistentvolumeclaims' && subresource === 'status') return true;
    return subresource === '' && changing.has(resource);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const { group, resource, namespace } = request;
    const evaluator = usageEvaluatorOf(group === '' ? resource : `${resource}.${group}`);
    if (!evaluator) return;
    if (this.limited.length === 0 && (await this.store.quotas(namespace)).length === 0) return;
    await this.ledger.charge({ request, evaluator, limited: this.limited, now: new Date() });
  }
}
