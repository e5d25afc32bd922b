import { Inject, Injectable } from '@nestjs/common';
import { isConflict, isNotFound, type DeepReadonly, type Pod, type Secret, type ServiceAccount } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ReconcileContext,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { SERVICE_ACCOUNT_OPTIONS, type ServiceAccountOptions } from '../serviceaccount.options';
import { ownerOf, tokenSecrets } from './legacy-token';
import { secretsOf } from './mounted-secrets';
import { dayOf, invalidSinceLabel, isTrackedLongEnough, judgeToken } from './token-cleaning.plan';

const tracking = 'kube-apiserver-legacy-service-account-token-tracking';
const dayMs = 86_400_000;
const yearMs = 365 * dayMs;

/** Once a day, takes away tokens in Secrets that nobody has used for long. */
@Reconciler({ name: 'legacy-serviceaccount-token-cleaner-controller', concurrency: 1 })
@Injectable()
export class LegacyTokenCleanerReconciler implements ReconcilesObjects {
  private readonly accounts: Informer<ServiceAccount>;
  private readonly pods: Informer<Pod>;
  private readonly client: ResourceClient<Secret>;
  private readonly periodMs: number;
  private secrets: Informer<Secret> | undefined;

  constructor(
    private readonly kubernetes: KubernetesClient,
    informers: InformerFactory,
    @Inject(SERVICE_ACCOUNT_OPTIONS) { cleanUpPeriodMs = yearMs }: ServiceAccountOptions,
  ) {
    this.accounts = informers.informer(refs.serviceAccounts);
    this.pods = informers.informer(refs.pods);
    this.client = kubernetes.resource(refs.secrets);
    this.periodMs = cleanUpPeriodMs;
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.secrets = on(refs.secrets, {}, tokenSecrets);
    enqueue(tracking);
  }

  async reconcile(_key: unknown, { log }: ReconcileContext): Promise<ReconcileResult> {
    const now = Date.now();
    const map = await this.kubernetes.resource(refs.configMaps).get(tracking, 'kube-system');
    if (isTrackedLongEnough(map.data?.['since'], now, this.periodMs)) {
      for (const secret of this.secrets?.lister.list() ?? []) {
        const { namespace, name } = secret.metadata;
        const verdict = judgeToken(this.observed(secret), now, this.periodMs);
        if (verdict === 'keep') continue;
        log.info({ namespace, name, verdict }, 'a service account token in a Secret is not used');
        await this.act(secret, verdict, now);
      }
    }
    return { requeueAfter: dayMs };
  }

  private observed(secret: DeepReadonly<Secret>): Parameters<typeof judgeToken>[0] {
    const { namespace = '', name = '' } = secret.metadata;
    return {
      secret,
      account: this.accounts.lister.get(namespace, ownerOf(secret).name),
      isMounted: this.pods.lister.list(namespace).some((pod) => secretsOf(pod).has(name)),
    };
  }

  private async act({ metadata }: DeepReadonly<Secret>, verdict: 'invalidate' | 'delete', now: number): Promise<void> {
    const { namespace, name = '', uid, resourceVersion } = metadata;
    const labels = { [invalidSinceLabel]: dayOf(now) };
    try {
      if (verdict === 'delete') await this.client.delete(name, namespace, { resourceVersion });
      else await this.client.patch(name, namespace, 'merge', { metadata: { uid, labels } });
    } catch (error) {
      // Somebody used it, or took it away, just now: the next round sees.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}
