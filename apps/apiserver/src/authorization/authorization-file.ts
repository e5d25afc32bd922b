import { createHash } from 'node:crypto';
import { semanticEqual } from '@nestor/api';
import {
  readAuthorizationConfiguration,
  type AuthorizationConfiguration,
  type AuthorizationMode,
  type Decision,
  type ResolvedRules,
} from '@nestor/auth';
import { createLogger, metrics } from '@nestor/telemetry';
import { followFiles, readFiles } from '../files/follow-files';
import { openAuthorization, type Authorization, type StoredAuthorizers } from './create-authorizer';

const log = createLogger('authorization');
const prefix = 'apiserver_authorization_config_controller';
const reloads = metrics.counter(
  `${prefix}_automatic_reloads_total`,
  'Total number of automatic reloads of authorization configuration split by status and apiserver identity.',
  ['status'],
);
const reloadedAt = metrics.gauge(
  `${prefix}_automatic_reload_last_timestamp_seconds`,
  'Timestamp of the last automatic reload of authorization configuration split by status and apiserver identity.',
  ['status'],
);
const inUse = metrics.gauge(
  `${prefix}_last_config_info`,
  'Information about the last applied authorization configuration with hash as label, split by apiserver identity.',
  ['hash'],
);

/** These follow what is stored from the start on, or not at all. */
const needStart: readonly AuthorizationMode[] = ['Node', 'RBAC'];

/**
 * Who decides by an AuthorizationConfiguration, which may change while the server runs (kubeapiserver/authorizer
 * reloadableAuthorizerResolver): a file that will not do is told of, and what it said before stays.
 */
export function authorizationFromFile(path: string, stored: StoredAuthorizers, shutdown: AbortSignal): Authorization {
  const files = { 'authorization-config': path };
  const texts = readFiles(files);
  let configuration = readAuthorizationConfiguration(texts[0] ?? '', path);
  let current = openAuthorization(configuration, stored);
  const { types } = current;
  const required = types.filter((type) => type !== 'Webhook');
  note(texts[0]);
  const use = ([text = '']: readonly string[]): void => {
    const next = readAuthorizationConfiguration(text, path, required);
    if (semanticEqual(next, configuration)) return;
    checkTypes(next, types);
    const before = current;
    current = openAuthorization(next, stored);
    configuration = next;
    before.close();
    count('success');
    note(text);
    log.info({ path }, 'authorization configuration read anew');
  };
  const onError = (error: unknown): void => {
    count('failure');
    log.error({ error, path }, 'the new authorization configuration is not used');
  };
  shutdown.addEventListener('abort', followFiles({ files, texts, use, onError }), { once: true });
  return {
    types,
    authorizer: { authorize: (attributes): Decision | Promise<Decision> => current.authorizer.authorize(attributes) },
    rules: { rulesFor: (user, namespace): ResolvedRules => current.rules.rulesFor(user, namespace) },
  };
}

function checkTypes({ authorizers }: AuthorizationConfiguration, known: readonly AuthorizationMode[]): void {
  for (const { type } of authorizers) {
    if (!needStart.includes(type) || known.includes(type)) continue;
    throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`);
  }
}

function count(status: 'success' | 'failure'): void {
  reloads.inc({ status });
  reloadedAt.set({ status }, Date.now() / 1000);
}

function note(text = ''): void {
  inUse.reset();
  inUse.set({ hash: `sha256:${createHash('sha256').update(text).digest('hex')}` }, 1);
}
