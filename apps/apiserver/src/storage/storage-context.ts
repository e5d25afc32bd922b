import type { AdmissionChain } from '@nestor/admission';
import type { TruthStore } from '@nestor/store';
import type { WatchCache } from '@nestor/watch';
import type { StaleObjects } from '../encryption/stale-objects';
import type { ServiceAddresses } from '../services/service-addresses';

/** What the generic storage works with. One for the process, wired by Nest. */
export interface StorageContext {
  store: TruthStore;
  cache: WatchCache;
  admission: AdmissionChain;
  addresses: ServiceAddresses;
  /** Where objects are encrypted: those that an older key holds. */
  stale?: StaleObjects;
  /** Ends when the server begins to shut down: watches end with it. */
  shutdown: AbortSignal;
}
