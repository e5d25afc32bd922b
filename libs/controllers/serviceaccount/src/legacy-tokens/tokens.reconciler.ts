import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type Secret, type ServiceAccount } from '@nestor/api';
import { InformerFactory, KubernetesClient, objectKey, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { SERVICE_ACCOUNT_OPTIONS, type ServiceAccountOptions } from '../serviceaccount.options';
import { belongsTo, completed, ownerOf, refersTo, tokenSecrets } from './legacy-token';
import { tokenSigner } from './token-signer';

/** Fills Secrets that ask for a service account's token, and deletes them with their account. */
@Reconciler({ name: 'serviceaccount-token-controller' })
@Injectable()
export class LegacyTokensReconciler implements ReconcilesObjects {
  private readonly accounts: Informer<ServiceAccount>;
  private readonly accountClient: ResourceClient<ServiceAccount>;
  private readonly secretClient: ResourceClient<Secret>;
  private readonly sign: ReturnType<typeof tokenSigner> | undefined;
  private readonly rootCa: string;
  private secrets: Informer<Secret> | undefined;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    @Inject(SERVICE_ACCOUNT_OPTIONS) { privateKeyFile }: ServiceAccountOptions,
  ) {
    this.accounts = informers.informer(refs.serviceAccounts);
    this.accountClient = client.resource(refs.serviceAccounts);
    this.secretClient = client.resource(refs.secrets);
    this.rootCa = client.connection.ca ?? '';
    if (privateKeyFile) this.sign = tokenSigner(readFileSync(privateKeyFile));
  }

  /** Asks for the Secrets only here: a controller that does not run holds none. */
  setup({ on, enqueue }: ReconcilerWiring): void {
    if (!this.sign) return;
    const touch = (secret: DeepReadonly<Secret>): void => enqueue(objectKey(secret));
    const secrets = on(refs.secrets, { added: touch, updated: touch, deleted: touch }, tokenSecrets);
    const each = ({ metadata }: DeepReadonly<ServiceAccount>): void => {
      for (const secret of secrets.lister.list(metadata.namespace))
        if (ownerOf(secret).name === metadata.name) touch(secret);
    };
    on(refs.serviceAccounts, { added: each, updated: each, deleted: each });
    this.secrets = secrets;
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const secret = this.secrets?.lister.get(namespace, name);
    if (!secret) return this.forget(namespace, name);
    if (secret.metadata.deletionTimestamp) return;
    const account = await this.accountOf(secret);
    const { sign, rootCa } = this;
    if (!account) {
      await ignoringGone(this.secretClient.delete(name, namespace, { uid: secret.metadata.uid }));
    } else if (sign) {
      const wanted = completed(secret, account, { rootCa, issue: () => sign(secret, account) });
      if (wanted) await ignoringGone(this.secretClient.update(wanted));
    }
  }

  /** The cache may be behind a new account, so it is asked for before its Secret is deleted. */
  private async accountOf(secret: DeepReadonly<Secret>): Promise<DeepReadonly<ServiceAccount> | undefined> {
    const { namespace = '' } = secret.metadata;
    const { name } = ownerOf(secret);
    const cached = this.accounts.lister.get(namespace, name);
    if (cached && belongsTo(secret, cached)) return cached;
    const live = await ignoringGone(this.accountClient.get(name, namespace));
    return live && belongsTo(secret, live) ? live : undefined;
  }

  /** An account names no Secret that is gone. */
  private async forget(namespace: string, name: string): Promise<void> {
    for (const account of this.accounts.lister.list(namespace)) {
      if (!refersTo(account, name)) continue;
      const copy = structuredClone(account) as ServiceAccount;
      const secrets = (copy.secrets ?? []).filter((reference) => reference.name !== name);
      await ignoringGone(this.accountClient.update({ ...copy, secrets }));
    }
  }
}

async function ignoringGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}
