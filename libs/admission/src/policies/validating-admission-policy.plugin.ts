import { ApiError, forbidden, type StatusReason } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, nameOf } from '../admission-plugin';
import { whenAnswered } from '../expressions';
import { isAdmissionConfiguration, type Matched } from '../matching';
import { collectParams } from './collect-params';
import { namespaceOf, policyBindings, PolicyDependencies } from './policy-request';
import type { PolicySource } from './policy-hook';
import type { Decision, PolicyResult, ValidatingHook } from './validating-policy';

const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';
const MAX_ANNOTATION_BYTES = 10 * 1024;

type Bound = ValidatingHook['bindings'][number];

interface Denial {
  readonly policy: string;
  readonly binding?: string;
  readonly message: string;
  readonly reason?: string;
}

/** Judges writes by ValidatingAdmissionPolicies (plugin of that name). */
export class ValidatingAdmissionPolicyPlugin implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionPolicy';
  constructor(
    private readonly source: PolicySource<ValidatingHook>,
    private readonly dependencies: PolicyDependencies,
  ) {}

  handles(request: AdmissionRequest): boolean {
    return this.source.hooks.length > 0 && !isAdmissionConfiguration(request);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const denials: Denial[] = [];
    for (const hook of this.source.hooks) await this.judge(hook, request, denials);
    const [first] = denials;
    if (first) throw refusal(first, request);
  }

  private async judge(hook: ValidatingHook, request: AdmissionRequest, denials: Denial[]): Promise<void> {
    let matched: Matched | undefined;
    try {
      matched = await this.dependencies.matcher.match(hook.criteria, request);
    } catch (error) {
      denyWrongSetup(hook, undefined, error, denials);
      return;
    }
    if (!matched) return;
    const notes = new Notes();
    for (const bound of hook.bindings) {
      for (const result of await this.results({ hook, bound, request, matched }, denials)) {
        follow({ hook, bound, request, result, denials });
        notes.add(result, hook, bound, denials);
      }
    }
    notes.publish(hook.name, request);
  }

  /** One for each object of params. What is wrong with policy or binding counts as the failurePolicy says. */
  private async results(
    {
      hook,
      bound,
      request,
      matched,
    }: { hook: ValidatingHook; bound: Bound; request: AdmissionRequest; matched: Matched },
    denials: Denial[],
  ): Promise<PolicyResult[]> {
    try {
      if (!(await this.dependencies.matcher.match(bound.criteria, request))) return [];
      const all = await collectParams(this.dependencies, {
        ...(hook.policy.spec?.paramKind ? { kind: hook.policy.spec.paramKind } : {}),
        ...(bound.binding.spec?.paramRef ? { ref: bound.binding.spec.paramRef } : {}),
        namespace: request.namespace,
      });
      const namespace = await namespaceOf(this.dependencies, request);
      const results: PolicyResult[] = [];
      for (const params of all) {
        const bindings = policyBindings(this.dependencies, request, { matched, namespace, params });
        results.push(await whenAnswered(() => hook.compiled(bindings)));
      }
      return results;
    } catch (error) {
      denyWrongSetup(hook, bound, error, denials);
      return [];
    }
  }
}

function denyWrongSetup(hook: ValidatingHook, bound: Bound | undefined, error: unknown, denials: Denial[]): void {
  if (hook.policy.spec?.failurePolicy === 'Ignore') return;
  const what = bound ? 'binding' : 'policy';
  const message = `failed to configure ${what}: ${error instanceof Error ? error.message : String(error)}`;
  denials.push({ policy: hook.name, ...(bound ? { binding: bound.name } : {}), message });
}

interface Judged {
  readonly hook: ValidatingHook;
  readonly bound: Bound;
  readonly request: AdmissionRequest;
  readonly result: PolicyResult;
  readonly denials: Denial[];
}

/** Does what the binding wants done about each decision that is no. */
function follow({ hook, bound, request, result, denials }: Judged): void {
  result.decisions.forEach((decision, expressionIndex) => {
    if (!decision.isDenied) return;
    const { message, reason } = decision;
    for (const action of bound.binding.spec?.validationActions ?? []) {
      if (action === 'Deny') denials.push({ policy: hook.name, binding: bound.name, message, reason });
      else if (action === 'Warn') request.warn(warning(hook, bound, decision));
      else if (action === 'Audit') noteFailure({ hook, bound, request }, message, expressionIndex);
    }
  });
}

const warning = (hook: ValidatingHook, bound: Bound, { message }: Decision): string =>
  `Validation failed for ValidatingAdmissionPolicy '${hook.name}' with binding '${bound.name}': ${message}`;

function noteFailure(
  { bound, request }: Pick<Judged, 'hook' | 'bound' | 'request'>,
  message: string,
  expressionIndex: number,
): void {
  const { policyName: policy, validationActions } = bound.binding.spec ?? {};
  const failure = { message, policy, binding: bound.name, expressionIndex, validationActions };
  request.annotate?.(FAILURE_ANNOTATION, JSON.stringify([failure]));
}

/** Audit annotations of one policy: values that differ by binding or params stand side by side. */
class Notes {
  private readonly values = new Map<string, Set<string>>();

  add({ annotations }: PolicyResult, hook: ValidatingHook, bound: Bound, denials: Denial[]): void {
    for (const { key, value, error } of annotations) {
      if (error !== undefined) denials.push({ policy: hook.name, binding: bound.name, message: error });
      if (value === undefined) continue;
      const held = this.values.get(key) ?? new Set();
      this.values.set(key, held.add(Buffer.from(value).subarray(0, MAX_ANNOTATION_BYTES).toString()));
    }
  }

  publish(policy: string, request: AdmissionRequest): void {
    for (const [key, values] of this.values) request.annotate?.(`${policy}/${key}`, [...values].join(', '));
  }
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

function refusal({ policy, binding, message, reason = 'Invalid' }: Denial, request: AdmissionRequest): ApiError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const { group, resource } = request;
  const { status } = forbidden({ group, resource }, nameOf(request), text);
  return new ApiError({
    ...status,
    reason: reason as StatusReason,
    code: codes[reason] ?? 422,
    details: { ...status.details, causes: [{ message: text }] },
  });
}
