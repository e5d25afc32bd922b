import { metrics } from '@nestor/telemetry';
import type { AuditEvent } from '../audit-event';
import type { AuditSink } from '../backends/audit-sink';
import type { AuditPolicyEvaluator, AuditSubject } from '../policy/audit-policy';
import { AuditRecord, type AuditedRequest } from './audit-record';

const decided = metrics.counter(
  'apiserver_audit_level_total',
  'Counter of policy levels for audit events (1 per request).',
  ['level'],
);
const produced = metrics.counter(
  'apiserver_audit_event_total',
  'Counter of audit events generated and sent to the audit backend.',
);
const rejected = metrics.counter(
  'apiserver_audit_requests_rejected_total',
  'Counter of apiserver requests rejected due to an error in audit logging backend.',
);

/** Opens a record for each request that the policy wants written down, and hands its events to the backends. */
export class Auditor {
  constructor(
    private readonly policy: AuditPolicyEvaluator,
    private readonly sink: AuditSink,
  ) {}

  /** Nothing where the policy says None: such a request costs no more than this look. */
  open(subject: AuditSubject, request: () => AuditedRequest): AuditRecord | undefined {
    const decision = this.policy.decide(subject);
    decided.inc({ level: decision.level });
    if (decision.level === 'None') return undefined;
    return new AuditRecord(request(), decision, (event) => this.process(event));
  }

  async close(): Promise<void> {
    await this.sink.close();
  }

  private process(event: AuditEvent): boolean | Promise<boolean> {
    produced.inc();
    const taken = this.sink.process([event]);
    if (event.stage !== 'RequestReceived') return taken;
    if (typeof taken === 'boolean') return counted(taken);
    return taken.then(counted);
  }
}

/** A request whose arrival could not be written down is refused; only strict backends say no. */
function counted(taken: boolean): boolean {
  if (!taken) rejected.inc();
  return taken;
}
