export interface ResourceQuotaOptions {
  /** How often every quota is counted anew although nothing was seen to change. */
  syncPeriodMs?: number;
}

export const RESOURCE_QUOTA_OPTIONS = Symbol('nestor.ResourceQuotaOptions');
