import type { AdmissionPlugin, AdmissionRequest } from '../admission-plugin';
import { isAdmissionConfiguration } from '../matching';
import type { CompiledWebhook } from './compiled-webhook';
import { invoke, matchedBy, type Invocation, type WebhookDependencies } from './webhook-invocation';

/** Asks all webhooks that want to judge a request, at the same time (plugin ValidatingAdmissionWebhook). */
export class ValidatingWebhookPlugin implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionWebhook';
  constructor(private readonly dependencies: WebhookDependencies) {}

  handles(request: AdmissionRequest): boolean {
    return this.dependencies.source.webhooks.length > 0 && !isAdmissionConfiguration(request);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const invocations: Invocation[] = [];
    for (const hook of this.dependencies.source.webhooks) {
      const matched = await matchedBy(this.dependencies, hook, request);
      if (matched) invocations.push({ hook, matched, request, type: 'validating' });
    }
    // All are heard before the first refusal counts: each may have warnings and side effects of its own.
    const outcomes = await Promise.allSettled(invocations.map((invocation) => this.call(invocation)));
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refused) throw refused.reason;
  }

  private async call(invocation: Invocation): Promise<void> {
    const verdict = await invoke(this.dependencies, invocation);
    if (!verdict)
      noteFailedOpen(invocation.request, invocation.hook, 'failed-open.validating.webhook.admission.k8s.io/');
  }
}

export function noteFailedOpen(request: AdmissionRequest, { webhook }: CompiledWebhook, prefix: string): void {
  request.annotate?.(`${prefix}${webhook.name}`, webhook.name);
}
