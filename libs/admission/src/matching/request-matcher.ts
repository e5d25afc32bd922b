import { ApiObject, DeepReadonly, LabelMatcher, Labels, notFound } from '@nestor/api';
import { AdmissionRequest, kindOf, ObjectReader, resourceOf } from '../admission-plugin';
import type { EquivalentResource, EquivalentResources } from './equivalent-resources';
import type { CompiledCriteria } from './match-criteria';
import { matchesRule, MatchRule } from './match-rule';

/** As what the request matched: its own resource and kind, or those of an equivalent that a rule names. */
export type Matched = EquivalentResource;

/** Decides whether a request meets criteria (webhook/generic ShouldCallHook, policy/matching Matcher). */
export class RequestMatcher {
  constructor(
    private readonly reader: ObjectReader,
    private readonly equivalents: EquivalentResources,
  ) {}

  /** The cheap tests come first: most requests match no rule, and then no namespace need be looked up. */
  async match(criteria: CompiledCriteria, request: AdmissionRequest): Promise<Matched | undefined> {
    if (!matchesObjects(criteria.objects, request)) return undefined;
    if (this.matchRules(criteria.excludeRules, criteria.allowsEquivalents, request)) return undefined;
    const matched = criteria.rules
      ? this.matchRules(criteria.rules, criteria.allowsEquivalents, request)
      : asIs(request);
    if (!matched || !(await this.matchesNamespace(criteria.namespaces, request))) return undefined;
    return matched;
  }

  /** Without the selectors: what the rules alone make of the request. */
  matchRules(rules: readonly MatchRule[], allowsEquivalents: boolean, request: AdmissionRequest): Matched | undefined {
    const own = resourceOf(request);
    if (rules.some((rule) => matchesRule(rule, request, own))) return asIs(request);
    if (!allowsEquivalents || rules.length === 0) return undefined;
    const others = this.equivalents
      .equivalentsOf(own, request.subresource)
      .filter(({ resource }) => resource.group !== own.group || resource.version !== own.version);
    if (others.length === 0) return undefined;
    for (const rule of rules) {
      const found = others.find(({ resource }) => matchesRule(rule, request, resource));
      if (found) return found;
    }
    return undefined;
  }

  /** Requests outside any namespace are never spared by a namespace selector. */
  private async matchesNamespace(selector: LabelMatcher, request: AdmissionRequest): Promise<boolean> {
    if (selector.matchesEverything || (request.namespace === '' && !isOfNamespaces(request))) return true;
    return selector(await this.namespaceLabels(request));
  }

  private async namespaceLabels(request: AdmissionRequest): Promise<Labels | undefined> {
    if (isOfNamespaces(request) && request.subresource === '' && isWrite(request)) {
      return request.object?.metadata?.labels;
    }
    return (await this.namespace(request.namespace)).metadata.labels;
  }

  /** The Namespace a request is in; 404 where there is none. */
  async namespace(name: string): Promise<DeepReadonly<ApiObject>> {
    const found =
      (await this.reader.get('namespaces', '', name)) ??
      (await this.reader.get('namespaces', '', name, { fresh: true }));
    if (!found) throw notFound({ group: '', resource: 'namespaces' }, name);
    return found;
  }
}

const asIs = (request: AdmissionRequest): Matched => ({ resource: resourceOf(request), kind: kindOf(request) });

const isOfNamespaces = ({ group, resource }: AdmissionRequest): boolean => group === '' && resource === 'namespaces';
const isWrite = ({ operation }: AdmissionRequest): boolean => operation === 'CREATE' || operation === 'UPDATE';

/** Either the object as it will be or as it was; objects without metadata have no labels to select by. */
function matchesObjects(selector: LabelMatcher, { object, old }: AdmissionRequest): boolean {
  if (selector.matchesEverything) return true;
  return [object, old].some((one) => one?.metadata !== undefined && selector(one.metadata.labels));
}
