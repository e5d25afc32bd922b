import { ApiObject, internalError, semanticEqual } from '@nestor/api';
import { applyJsonPatch } from '@nestor/patch';
import { AdmissionPlugin, AdmissionRequest, resourceOf } from '../admission-plugin';
import { isAdmissionConfiguration, type Matched } from '../matching';
import { Reinvocation } from '../reinvocation';
import type { CompiledWebhook } from './compiled-webhook';
import { noteFailedOpen } from './validating-webhook.plugin';
import { invoke, matchedBy, type WebhookDependencies } from './webhook-invocation';

const annotation = 'mutation.webhook.admission.k8s.io/';

/** What the first run leaves for the second (webhookReinvokeContext). */
interface Rounds {
  lastOutput?: ApiObject;
  /** Called, and willing to be called again. */
  readonly reinvocable: Set<string>;
  /** To be called again, since the object is another now. */
  readonly due: Set<string>;
}

/** Lets webhooks change a request, one after another (plugin MutatingAdmissionWebhook). */
export class MutatingWebhookPlugin implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionWebhook';
  constructor(private readonly dependencies: WebhookDependencies) {}

  handles(request: AdmissionRequest): boolean {
    return this.dependencies.source.webhooks.length > 0 && !isAdmissionConfiguration(request);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const reinvocation = (request.reinvocation ??= new Reinvocation());
    const rounds = reinvocation.of<Rounds>(this.name, () => ({ reinvocable: new Set(), due: new Set() }));
    const isAgain = reinvocation.isRunning;
    if (isAgain && rounds.lastOutput && !semanticEqual(rounds.lastOutput, request.object)) callAgain(rounds);
    for (const hook of this.dependencies.source.webhooks) {
      if (isAgain && !rounds.due.has(hook.uid)) continue;
      const matched = await matchedBy(this.dependencies, hook, request);
      if (!matched) continue;
      if (await this.call(request, hook, matched)) {
        callAgain(rounds);
        reinvocation.isWanted = true;
      }
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') rounds.reinvocable.add(hook.uid);
    }
    // Without a webhook that may be called again there is nobody to compare it for.
    if (rounds.reinvocable.size > 0) rounds.lastOutput = structuredClone(request.object);
  }

  /** True when the object has changed. */
  private async call(request: AdmissionRequest, hook: CompiledWebhook, matched: Matched): Promise<boolean> {
    const verdict = await invoke(this.dependencies, { hook, matched, request, type: 'admit' });
    if (!verdict) {
      noteFailedOpen(request, hook, `failed-open.${annotation}`);
      return false;
    }
    if (!Array.isArray(verdict.patch) || verdict.patch.length === 0) return false;
    const changed = this.patch(request, hook, { matched, patch: verdict.patch });
    if (changed) {
      const { configuration, webhook } = hook;
      const note = { configuration, webhook: webhook.name, mutated: true };
      request.annotate?.(`${annotation}${webhook.name}`, JSON.stringify(note));
    }
    return changed;
  }

  private patch(
    request: AdmissionRequest,
    { webhook }: CompiledWebhook,
    { matched, patch }: { matched: Matched; patch: unknown },
  ): boolean {
    const { object } = request;
    const { forms } = this.dependencies;
    if (!object) {
      const why = `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`;
      throw internalError(why);
    }
    const own = resourceOf(request);
    let next: ApiObject;
    try {
      const patched = applyJsonPatch(forms.convert(object, own, matched.resource), patch);
      next = forms.complete(asSent(forms.convert(patched, matched.resource, own)), request);
    } catch (error) {
      throw internalError(error instanceof Error ? error.message : String(error), error);
    }
    if (semanticEqual(next, object)) return false;
    replaceContent(object, next);
    return true;
  }
}

/** A copy of its own, without members that are there and undefined. */
const asSent = (object: ApiObject): ApiObject => JSON.parse(JSON.stringify(object)) as ApiObject;

function callAgain({ reinvocable, due }: Rounds): void {
  for (const uid of reinvocable) due.add(uid);
  reinvocable.clear();
}

/** Whoever holds the object holds the changed one. */
function replaceContent(object: ApiObject, next: ApiObject): void {
  for (const key of Object.keys(object)) if (!(key in next)) delete object[key];
  Object.assign(object, next);
}
