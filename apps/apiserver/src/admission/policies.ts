import {
  compileMutatingPolicy,
  compileValidatingPolicy,
  MutatingAdmissionPolicyPlugin,
  policyHooks,
  RequestMatcher,
  ValidatingAdmissionPolicyPlugin,
  type AuthorizeExpression,
  type MutatingHook,
  type ObjectReader,
  type ValidatingHook,
} from '@nestor/admission';
import type { ApiObject } from '@nestor/api';
import type { WatchCache } from '@nestor/watch';
import type { ResourceRegistry } from '../registry/resource-registry';
import { ServedForms } from './served-forms';
import { StoredPolicies } from './stored-policies';

const group = 'admissionregistration.k8s.io';
const keysOf = (kind: 'validating' | 'mutating') => ({
  policies: `${kind}admissionpolicies.${group}`,
  bindings: `${kind}admissionpolicybindings.${group}`,
});

export interface PolicySettings {
  readonly authorize: AuthorizeExpression;
  readonly shutdown: AbortSignal;
}

/** The policy plugins and what they know of the policies stored. */
export class Policies {
  readonly mutating: MutatingAdmissionPolicyPlugin;
  readonly validating: ValidatingAdmissionPolicyPlugin;
  private readonly sources: readonly { start(): Promise<void> }[];

  constructor(
    cache: WatchCache,
    registry: ResourceRegistry,
    reader: ObjectReader,
    { authorize, shutdown }: PolicySettings,
  ) {
    const forms = new ServedForms(registry);
    const dependencies = { reader, forms, authorize, matcher: new RequestMatcher(reader, forms) };
    const mutating = new StoredPolicies<MutatingHook>(keysOf('mutating'), mutatingHooks, cache, shutdown);
    const validating = new StoredPolicies<ValidatingHook>(keysOf('validating'), validatingHooks, cache, shutdown);
    this.sources = [mutating, validating];
    this.mutating = new MutatingAdmissionPolicyPlugin(mutating, dependencies);
    this.validating = new ValidatingAdmissionPolicyPlugin(validating, dependencies);
  }

  /** Resolves once every policy stored counts. */
  async start(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.start()));
  }
}

type Compile<Hook> = (policies: readonly ApiObject[], bindings: readonly ApiObject[]) => Hook[];

/** Compiles policies into hooks; one that was not written again keeps what it was compiled to. */
function hooksOf<Policy extends object, Compiled>(compile: (policy: Policy) => Compiled): Compile<never> {
  const compiled = new WeakMap<object, Compiled>();
  return (policies, bindings) =>
    policyHooks(policies, bindings, (policy) => {
      const known = compiled.get(policy) ?? compile(policy as unknown as Policy);
      compiled.set(policy, known);
      return known;
    }) as never[];
}

const validatingHooks: Compile<ValidatingHook> = hooksOf(compileValidatingPolicy);
const mutatingHooks: Compile<MutatingHook> = hooksOf(compileMutatingPolicy);
