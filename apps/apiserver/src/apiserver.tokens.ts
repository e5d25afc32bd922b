/** Nest tokens of providers that are interfaces or come from a factory. */
export const TRUTH_STORE = Symbol('TruthStore');
export const STORAGE = Symbol('StorageContext');
export const ADMISSION_PLUGINS = Symbol('AdmissionPlugin[]');
export const ADMISSION_CONFIGURATION = Symbol('AdmissionConfiguration');
export const OBJECT_READER = Symbol('ObjectReader');
/** The Authorization: the authorizers of all modes together. */
export const AUTHORIZATION = Symbol('AUTHORIZATION');
export const SHUTDOWN = Symbol('AbortController');
export const SERVICE_ACCOUNT_TOKENS = Symbol('ServiceAccountTokens');
export const TOKEN_AUTHENTICATION = Symbol('TokenAuthentication');
export const AUTHENTICATION_CONFIGURATION = Symbol('OpenedConfiguration');
