import {
  compileValidatingPolicy,
  policyHooks,
  RequestMatcher,
  ValidatingAdmissionPolicyPlugin,
  type AuthorizeExpression,
  type ObjectReader,
  type ValidatingHook,
} from '@nestor/admission';
import type { ApiObject, DeepReadonly, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@nestor/api';
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
    const validating = new StoredPolicies<ValidatingHook>(keysOf('validating'), validatingHooks, cache, shutdown);
    this.sources = [validating];
    this.validating = new ValidatingAdmissionPolicyPlugin(validating, dependencies);
  }

  /** Resolves once every policy stored counts. */
  async start(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.start()));
  }
}

/** A policy that was not written again keeps what it was compiled to. */
const compiled = new WeakMap<object, ValidatingHook['compiled']>();

const validatingHooks = (policies: readonly ApiObject[], bindings: readonly ApiObject[]): ValidatingHook[] =>
  policyHooks(
    policies as unknown as DeepReadonly<ValidatingAdmissionPolicy>[],
    bindings as unknown as DeepReadonly<ValidatingAdmissionPolicyBinding>[],
    (policy) => {
      const known = compiled.get(policy) ?? compileValidatingPolicy(policy);
      compiled.set(policy, known);
      return known;
    },
  );
