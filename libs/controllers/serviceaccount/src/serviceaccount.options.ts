export interface ServiceAccountOptions {
  /** PEM file of the key that signs tokens in Secrets; without it none get one. */
  privateKeyFile?: string;
  /** How long a token that was made by itself may lie unused. */
  cleanUpPeriodMs?: number;
}

export const SERVICE_ACCOUNT_OPTIONS = Symbol('nestor.ServiceAccountOptions');
