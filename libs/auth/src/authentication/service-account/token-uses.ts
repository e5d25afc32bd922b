/** What of tokens is counted, named as kube-apiserver's metrics are (serviceaccount_..._total). */
export type TokenUse =
  | 'legacy_tokens'
  | 'legacy_auto_token_uses'
  | 'legacy_manual_token_uses'
  | 'invalid_legacy_auto_token_uses'
  | 'stale_tokens'
  | 'valid_tokens';
