import { createNkey, type BusIssuer } from '@nestor/bus-auth';
import type { TruthStore } from '@nestor/store';
import { createLogger } from '@nestor/telemetry';
import { leadByLock, pause, updateClaims, type ClaimsUpdate, type ObjectEvent, type WatchCache } from '@nestor/watch';
import { followResource } from '../registry/follow-resource';
import type { BoundObject } from './bound-objects';
import { recordOf, type CredentialRecords } from './credential-records';
import { planRevocations } from './revocation.plan';

const log = createLogger('bus');
/** What credentials may be bound to. */
const boundResources = ['nodes', 'serviceaccounts', 'pods'];
const retryMs = 1000;
/** Records of keys that nobody renews any more are looked for so often. */
const sweepMs = 60_000;
const updaterLifeMs = 60_000;

export interface RevocationSettings {
  issuer: BusIssuer;
  records: CredentialRecords;
  store: TruthStore;
  cache: WatchCache;
  server: ClaimsUpdate['server'];
  shutdown: AbortSignal;
}

/**
 * Takes credentials for the bus from whom they were given to when their node, account or pod goes. One replica does, by
 * a lock of the store, and tells the servers, which cut off those concerned. What is revoked follows from what is
 * stored, so a replica that takes over says the same.
 */
export class BusRevocations {
  private running: Promise<void> | undefined;
  private bound = new Set<string>();
  private isDue = true;
  private wake: () => void = () => undefined;
  /** What the servers were told last; nothing when they may have forgotten. */
  private told: string | undefined;

  constructor(private readonly settings: RevocationSettings) {}

  start(): void {
    this.running ??= this.run();
  }

  async ended(): Promise<void> {
    await this.running;
  }

  /** A server was away, and may have come back without what it was told. */
  tellAgain(): void {
    this.told = undefined;
    this.due();
  }

  private run(): Promise<void> {
    const { store, shutdown } = this.settings;
    const onError = (error: unknown) =>
      log.warn({ error }, 'cannot follow what credentials are bound to; trying again');
    return leadByLock(
      { source: store, name: 'bus-revocations', lead: (term) => this.lead(term), onError, retryMs },
      shutdown,
    );
  }

  private async lead(term: AbortSignal): Promise<void> {
    this.told = undefined;
    this.isDue = true;
    await this.follow(term);
    while (!term.aborted) {
      await this.untilDue(term);
      if (term.aborted) return;
      this.isDue = false;
      try {
        await this.settle();
      } catch (error) {
        log.warn({ error }, 'the bus was not told what is revoked; trying again');
        this.isDue = true;
        await pause(retryMs, term);
      }
    }
  }

  private async follow(term: AbortSignal): Promise<void> {
    const { cache, records } = this.settings;
    const failed = (error: unknown) => log.warn({ error }, 'lost track of what credentials are bound to; trying again');
    const common = { resumed: () => this.due(), failed, shutdown: term };
    await followResource(await records.ready(), { ...common, changed: () => this.due() });
    const changed = (resource: string) => (event: ObjectEvent) => {
      const { namespace, name } = event.object;
      if (event.type !== 'MODIFIED' && this.bound.has(placeOf({ resource, namespace, name }))) this.due();
    };
    for (const resource of boundResources) {
      await followResource(cache.resource(resource), { ...common, changed: changed(resource) });
    }
  }

  private async settle(): Promise<void> {
    const { cache, records } = this.settings;
    const all = (await records.ready()).list().items.map(recordOf);
    this.bound = new Set(all.flatMap(({ boundTo }) => boundTo.map(placeOf)));
    // What a record speaks of was there before the record: a cache that is behind must not take it for gone.
    const newest = Math.max(0, ...all.map(({ revision }) => revision));
    for (const resource of boundResources) await cache.resource(resource).waitFor(newest);
    const stands = ({ resource, namespace, name, uid }: BoundObject) =>
      cache.resource(resource).get(namespace, name)?.uid === uid;
    const { revocations, expired } = planRevocations(all, stands, Date.now());
    await this.tell(revocations);
    for (const record of expired) await records.remove(record);
  }

  private async tell(revocations: Readonly<Record<string, number>>): Promise<void> {
    const { issuer, server } = this.settings;
    const text = JSON.stringify(revocations);
    if (text === this.told) return;
    const { publicKey, seed } = createNkey('user');
    const token = issuer.signClaimsUpdater(publicKey, Date.now() + updaterLifeMs);
    await updateClaims({ server, token, seed, claims: issuer.signAccount(revocations) });
    this.told = text;
    log.info({ keys: Object.keys(revocations) }, 'told the bus which keys are revoked');
  }

  private due(): void {
    this.isDue = true;
    this.wake();
  }

  private async untilDue(term: AbortSignal): Promise<void> {
    if (this.isDue) return;
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await pause(sweepMs, AbortSignal.any([term, woken.signal]));
  }
}

const placeOf = ({ resource, namespace, name }: Pick<BoundObject, 'resource' | 'namespace' | 'name'>): string =>
  `${resource}/${namespace}/${name}`;
