import { ApiError, ApiObject, DeepReadonly, forbidden, internalError, semanticEqual } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, nameOf, resourceOf } from '../admission-plugin';
import { CostBudget, POLICY_BUDGET, whenAnswered } from '../expressions';
import { isAdmissionConfiguration, type Matched } from '../matching';
import { Reinvocation } from '../reinvocation';
import { collectParams } from './collect-params';
import type { MutatingHook } from './mutating-policy';
import type { PolicySource } from './policy-hook';
import { namespaceOf, policyBindings, PolicyDependencies } from './policy-request';

/** What the first run leaves for the second (policyReinvokeContext). */
interface Rounds {
  lastOutput?: ApiObject;
  /** Applied, and willing to be applied again. */
  readonly reinvocable: Set<string>;
  /** To be applied again, since the object is another now. */
  readonly due: Set<string>;
}

type Bound = MutatingHook['bindings'][number];

interface Failure {
  readonly policy: string;
  readonly binding?: string;
  readonly message: string;
  readonly isInvalid?: boolean;
}

/** A policy, one of its bindings and one object of params. */
interface Invocation {
  readonly hook: MutatingHook;
  readonly bound: Bound;
  readonly matched: Matched;
  readonly params?: DeepReadonly<ApiObject>;
  readonly key: string;
}

/** Changes writes as MutatingAdmissionPolicies say (plugin of that name). */
export class MutatingAdmissionPolicyPlugin implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionPolicy';
  constructor(
    private readonly source: PolicySource<MutatingHook>,
    private readonly dependencies: PolicyDependencies,
  ) {}

  handles(request: AdmissionRequest): boolean {
    return this.source.hooks.length > 0 && request.object !== undefined && !isAdmissionConfiguration(request);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const failures: Failure[] = [];
    const invocations = await this.invocations(request, failures);
    if (invocations.length > 0) await this.run(request, invocations, failures);
    if (failures.length > 0) throw refusal(failures, request);
  }

  private async run(request: AdmissionRequest, invocations: readonly Invocation[], failures: Failure[]): Promise<void> {
    const reinvocation = (request.reinvocation ??= new Reinvocation());
    const rounds = reinvocation.of<Rounds>(this.name, () => ({ reinvocable: new Set(), due: new Set() }));
    const isAgain = reinvocation.isRunning;
    if (isAgain && rounds.lastOutput && !semanticEqual(rounds.lastOutput, request.object)) applyAgain(rounds);
    const namespace = await namespaceOf(this.dependencies, request);
    for (const invocation of invocations) {
      if (isAgain && !rounds.due.has(invocation.key)) continue;
      const changed = await this.apply(request, invocation, { namespace, failures });
      if (changed === undefined) continue;
      if (changed) {
        applyAgain(rounds);
        reinvocation.isWanted = true;
      }
      if (invocation.hook.policy.spec?.reinvocationPolicy === 'IfNeeded') rounds.reinvocable.add(invocation.key);
    }
    if (rounds.reinvocable.size > 0) rounds.lastOutput = structuredClone(request.object);
  }

  /** Whether the object has changed; undefined where the match conditions do not hold, or cannot be told to. */
  private async apply(
    request: AdmissionRequest,
    { hook, bound, matched, params }: Invocation,
    { namespace, failures }: { namespace?: DeepReadonly<ApiObject>; failures: Failure[] },
  ): Promise<boolean | undefined> {
    const bindings = () => policyBindings(this.dependencies, request, { matched, namespace, params });
    try {
      const { conditions } = hook.compiled;
      if (conditions && !(await whenAnswered(() => conditions(bindings())))) return undefined;
    } catch (error) {
      fail(failures, { hook, bound, message: messageOf(error), isInvalid: true });
      return undefined;
    }
    const before = structuredClone(request.object);
    for (const mutate of hook.compiled.mutations) {
      try {
        // The object is another only once all of it has been evaluated.
        await whenAnswered(() => {
          const budget = new CostBudget(POLICY_BUDGET);
          const all = hook.compiled.compiler.withVariables(bindings(), budget);
          this.mutate(request, matched, (object, schema) =>
            mutate({ object, bindings: all, budget, ...(schema ? { schema } : {}) }),
          );
        });
      } catch (error) {
        if (error instanceof ApiError) throw error;
        fail(failures, { hook, bound, message: messageOf(error), isInvalid: true });
      }
    }
    return !semanticEqual(before, request.object);
  }

  /** In the form that the policy matched, and back, completed as a body that was sent. */
  private mutate(
    request: AdmissionRequest,
    matched: Matched,
    change: (object: ApiObject, schema: ReturnType<PolicyDependencies['forms']['schemaOf']>) => ApiObject,
  ): void {
    const { forms } = this.dependencies;
    const { object } = request;
    if (!object) return;
    const own = resourceOf(request);
    const changed = change(forms.convert(object, own, matched.resource), forms.schemaOf(matched.resource));
    const back = JSON.parse(JSON.stringify(forms.convert(changed, matched.resource, own))) as ApiObject;
    let next: ApiObject;
    try {
      next = forms.complete(back, request);
    } catch (error) {
      throw internalError(messageOf(error), error);
    }
    for (const key of Object.keys(object)) if (!(key in next)) delete object[key];
    Object.assign(object, next);
  }

  private async invocations(request: AdmissionRequest, failures: Failure[]): Promise<Invocation[]> {
    const found: Invocation[] = [];
    for (const hook of this.source.hooks) {
      const matched = await attempt(
        () => this.dependencies.matcher.match(hook.criteria, request),
        (error) => fail(failures, { hook, message: `failed to configure policy: ${messageOf(error)}` }),
      );
      if (!matched) continue;
      for (const bound of hook.bindings) {
        const params = await attempt(
          () => this.paramsOf(hook, bound, request),
          (error) => fail(failures, { hook, bound, message: `failed to configure binding: ${messageOf(error)}` }),
        );
        for (const one of params ?? []) found.push(invocation(hook, bound, matched, one));
      }
    }
    return found;
  }

  private async paramsOf(
    { policy }: MutatingHook,
    { binding, criteria }: Bound,
    request: AdmissionRequest,
  ): Promise<Awaited<ReturnType<typeof collectParams>>> {
    if (!(await this.dependencies.matcher.match(criteria, request))) return [];
    return collectParams(this.dependencies, {
      ...(policy.spec?.paramKind ? { kind: policy.spec.paramKind } : {}),
      ...(binding.spec?.paramRef ? { ref: binding.spec.paramRef } : {}),
      namespace: request.namespace,
    });
  }
}

function invocation(
  hook: MutatingHook,
  bound: Bound,
  matched: Matched,
  params: DeepReadonly<ApiObject> | undefined,
): Invocation {
  const { namespace = '', name = '' } = params?.metadata ?? {};
  const key = JSON.stringify([hook.name, bound.name, namespace, name]);
  return { hook, bound, matched, key, ...(params ? { params } : {}) };
}

function applyAgain({ reinvocable, due }: Rounds): void {
  for (const key of reinvocable) due.add(key);
  reinvocable.clear();
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function attempt<T>(work: () => Promise<T>, failed: (error: unknown) => void): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failed(error);
    return undefined;
  }
}

function fail(
  failures: Failure[],
  { hook, bound, message, isInvalid }: { hook: MutatingHook; bound?: Bound; message: string; isInvalid?: boolean },
): void {
  if (hook.policy.spec?.failurePolicy === 'Ignore') return;
  failures.push({
    policy: hook.name,
    message,
    ...(bound ? { binding: bound.name } : {}),
    ...(isInvalid ? { isInvalid } : {}),
  });
}

function textOf({ policy, binding, message }: Failure): string {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  return `policy '${policy}'${by} denied request: ${message}`;
}

function refusal(failures: readonly Failure[], request: AdmissionRequest): ApiError {
  const { group, resource } = request;
  const { status } = forbidden({ group, resource }, nameOf(request), '');
  const [first] = failures;
  return new ApiError({
    ...status,
    message: first ? textOf(first) : '',
    ...(first?.isInvalid ? { reason: 'Invalid' } : {}),
    details: { ...status.details, causes: failures.map((failure) => ({ message: textOf(failure) })) },
  });
}
