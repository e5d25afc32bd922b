import {
  MutatingWebhookPlugin,
  RequestMatcher,
  ValidatingWebhookPlugin,
  WebhookClient,
  type AuthorizeExpression,
  type CredentialsFor,
  type ObjectReader,
} from '@nestor/admission';
import type { WatchCache } from '@nestor/watch';
import type { ResourceRegistry } from '../registry/resource-registry';
import { serviceLocator } from './locate-service';
import { matchConditionsCompiler } from './match-conditions';
import { ServedForms } from './served-forms';
import { StoredWebhooks } from './stored-webhooks';

const group = 'admissionregistration.k8s.io';

export interface WebhookSettings {
  /** By the endpoints of Services instead of by their cluster IPs. */
  byEndpoints: boolean;
  allowsOwnAddresses: boolean;
  mutatingCredentials: CredentialsFor;
  validatingCredentials: CredentialsFor;
  /** Answers what match conditions ask about rights. */
  authorize: AuthorizeExpression;
  shutdown: AbortSignal;
}

/** The webhook plugins and what they know of the configurations stored. */
export class Webhooks {
  readonly mutating: MutatingWebhookPlugin;
  readonly validating: ValidatingWebhookPlugin;
  private readonly sources: readonly StoredWebhooks[];

  constructor(cache: WatchCache, registry: ResourceRegistry, reader: ObjectReader, settings: WebhookSettings) {
    const stored = (plural: string): StoredWebhooks =>
      new StoredWebhooks(`${plural}.${group}`, cache, matchConditionsCompiler(settings.authorize), settings.shutdown);
    const client = (credentials: CredentialsFor): WebhookClient =>
      new WebhookClient({ ...settings, credentials, locate: serviceLocator(cache, settings.byEndpoints) });
    const forms = new ServedForms(registry);
    const matcher = new RequestMatcher(reader, forms);
    const [mutating, validating] = [stored('mutatingwebhookconfigurations'), stored('validatingwebhookconfigurations')];
    this.sources = [mutating, validating];
    this.mutating = new MutatingWebhookPlugin({
      source: mutating,
      matcher,
      forms,
      client: client(settings.mutatingCredentials),
    });
    this.validating = new ValidatingWebhookPlugin({
      source: validating,
      matcher,
      forms,
      client: client(settings.validatingCredentials),
    });
  }

  /** Resolves once every configuration stored counts. */
  async start(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.start()));
  }
}
