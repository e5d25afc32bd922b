import { aggregateMessage } from '@nestor/api';
import type { UserInfo } from '../user';
import type { Attributes } from './attributes';
import { noOpinion, type Authorizer, type Decision, type ResolvedRules, type RuleResolver } from './authorizer';

/**
 * Asks one authorizer after the other until one allows or denies (k8s.io/apiserver authorization/union). It answers at
 * once as long as those it asks do.
 */
export class UnionAuthorizer implements Authorizer {
  constructor(private readonly authorizers: readonly Authorizer[]) {}

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    return this.from(0, attributes, []);
  }

  private from(start: number, attributes: Attributes, undecided: Decision[]): Decision | Promise<Decision> {
    for (let at = start; at < this.authorizers.length; at++) {
      const said = (this.authorizers[at] as Authorizer).authorize(attributes);
      if (said instanceof Promise) return this.after(said, at + 1, { attributes, undecided });
      if (said.decision !== 'noOpinion') return said;
      if (says(said)) undecided.push(said);
    }
    return together(undecided);
  }

  private async after(
    promised: Promise<Decision>,
    next: number,
    { attributes, undecided }: { attributes: Attributes; undecided: Decision[] },
  ): Promise<Decision> {
    const said = await promised;
    if (said.decision !== 'noOpinion') return said;
    return this.from(next, attributes, says(said) ? [...undecided, said] : undecided);
  }
}

/** What all resolvers know, in their order. */
export class UnionRuleResolver implements RuleResolver {
  constructor(private readonly resolvers: readonly RuleResolver[]) {}

  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    const found = this.resolvers.map((resolver) => resolver.rulesFor(user, namespace));
    const errors = found.flatMap(({ error }) => error ?? []);
    return {
      rules: found.flatMap(({ rules }) => rules),
      incomplete: found.some(({ incomplete }) => incomplete),
      ...(errors.length > 0 ? { error: aggregateMessage(errors) } : {}),
    };
  }
}

const says = ({ reason, error }: Decision): boolean => reason !== '' || error !== undefined;

function together(undecided: readonly Decision[]): Decision {
  if (undecided.length === 0) return noOpinion();
  const reason = undecided.flatMap((one) => one.reason || []).join('\n');
  const errors = undecided.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return noOpinion(reason);
  return { ...noOpinion(reason), error: new Error(aggregateMessage(errors.map(({ message }) => message))) };
}
