/**
 * Validated configuration for every process.
 *
 * A configuration is a plain class: each option is a property with a default value, an `@Option` that describes it,
 * and class-validator decorators that say what is allowed. `loadConfig` fills one from defaults, a YAML file, the
 * environment and flags, in that order, and reports every problem at once by the option's own name.
 *
 * It reads; it neither prints nor exits. `runApp` of @nestor/telemetry does that for the apps.
 */
export { Option, type OptionSettings } from './option.decorator';
export { loadConfig, type ConfigSources, type OwnDocument } from './load-config';
export { describeOptions } from './describe-options';
export { followFiles, type FollowFiles } from './follow-files';
export { nodeEnvironment, nodeFlags } from './node-flags';
export { ConfigError, HelpRequested } from './config.error';
export { CommonConfig, ApiClientConfig, logLevels, type LogLevel } from './common-config';
export { tlsCipherSuites, tlsSettings, tlsVersions, type TlsSettings, type TlsVersion } from './tls-settings';
