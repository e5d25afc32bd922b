import { metrics } from '@nestor/telemetry';
import type { Attributes } from './attributes';
import type { Authorizer, Decision } from './authorizer';

const decisions = metrics.counter(
  'apiserver_authorization_decisions_total',
  'Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.',
  ['type', 'name', 'decision'],
);

/** Counts what an authorizer decides; what it leaves to others is no decision. */
export class CountedAuthorizer implements Authorizer {
  private readonly allowed: { inc(): void };
  private readonly denied: { inc(): void };

  constructor(
    private readonly authorizer: Authorizer,
    { type, name }: { type: string; name: string },
  ) {
    this.allowed = decisions.labels({ type, name, decision: 'allowed' });
    this.denied = decisions.labels({ type, name, decision: 'denied' });
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    const said = this.authorizer.authorize(attributes);
    return said instanceof Promise ? said.then((decision) => this.count(decision)) : this.count(said);
  }

  private count(said: Decision): Decision {
    if (said.decision === 'allow') this.allowed.inc();
    else if (said.decision === 'deny') this.denied.inc();
    return said;
  }
}
