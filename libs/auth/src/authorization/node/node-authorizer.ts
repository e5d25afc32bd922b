import { nodeNameOf, type UserInfo } from '../../user';
import type { Attributes } from '../attributes';
import { allow, noOpinion, type Authorizer, type Decision, type ResolvedRules, type RuleResolver } from '../authorizer';
import type { PolicyRule } from '../policy-rule';
import { RuleIndex } from '../rule-index';
import type { NodeGraph, RelatedResource } from './node-graph';
import { nodeRules } from './node-rules';

/**
 * Decides for kubelets (upstream's plugin/pkg/auth/authorizer/node): of its own objects and of what its pods use by the
 * graph, of everything else by rules that are the same for all nodes. It never denies: others may still allow.
 */
export class NodeAuthorizer implements Authorizer, RuleResolver {
  private readonly common = new RuleIndex<object>();

  /** `catchUp` waits until the graph knows all that is stored: so long it takes to refuse, but never to allow. */
  constructor(
    private readonly graph: NodeGraph,
    commonRules: readonly PolicyRule[],
    private readonly catchUp?: () => Promise<void>,
  ) {
    this.common.add(commonRules, commonRules);
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return noOpinion();
    if (node === '') return noOpinion(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    const { resource, apiGroup } = attributes;
    const rule = nodeRules.get(apiGroup === '' ? resource : `${resource}.${apiGroup}`);
    if (rule) return rule({ node, attributes, related: (of) => this.related(node, of, attributes) });
    return this.common.find(attributes) ? allow() : noOpinion();
  }

  /** What a node may do depends on what runs on it. */
  rulesFor(user: UserInfo): ResolvedRules {
    if (nodeNameOf(user) === undefined) return { rules: [], incomplete: false };
    return { rules: [], incomplete: true, error: 'node authorizer does not support user rule resolution' };
  }

  private related(node: string, resource: RelatedResource, object: Attributes): Decision | Promise<Decision> {
    if (object.name === '') return noOpinion('No Object name found');
    const decide = (): Decision =>
      this.graph.isRelated(node, resource, object)
        ? allow()
        : noOpinion(`no relationship found between node '${node}' and this object`);
    const first = decide();
    return first.decision === 'allow' || !this.catchUp ? first : this.catchUp().then(decide);
  }
}
