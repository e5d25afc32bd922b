import { semanticEqual } from '@nestor/api';
import {
  readAuthorizationConfiguration,
  type AuthorizationConfiguration,
  type AuthorizationMode,
  type Decision,
  type ResolvedRules,
} from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import { followFiles, readFiles } from '../files/follow-files';
import { reloadMetrics } from '../files/reload-metrics';
import { openAuthorization, type Authorization, type StoredAuthorizers } from './create-authorizer';

const log = createLogger('authorization');
const reloads = reloadMetrics('authorization');

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
  reloads.note(texts[0] ?? '');
  const use = ([text = '']: readonly string[]): void => {
    const next = readAuthorizationConfiguration(text, path, required);
    if (semanticEqual(next, configuration)) return;
    checkTypes(next, types);
    const before = current;
    current = openAuthorization(next, stored);
    configuration = next;
    before.close();
    reloads.count('success');
    reloads.note(text);
    log.info({ path }, 'authorization configuration read anew');
  };
  const onError = (error: unknown): void => {
    reloads.count('failure');
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
