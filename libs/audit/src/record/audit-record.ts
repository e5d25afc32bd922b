import type { Status } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import {
  atLeast,
  auditApiVersion,
  type AuditEvent,
  type AuditLevel,
  type AuditObjectReference,
  type AuditStage,
  type AuditUser,
} from '../audit-event';
import type { AuditDecision } from '../policy/audit-policy';
import { withoutManagedFields } from './managed-fields';

const log = createLogger('audit');

/** What is known of a request before anything is done for it. */
export interface AuditedRequest {
  auditID: string;
  requestURI: string;
  verb: string;
  user: AuditUser;
  sourceIPs: readonly string[];
  userAgent: string;
  objectRef?: AuditObjectReference;
  /** RFC 3339 with microseconds. */
  requestReceivedTimestamp: string;
  /** Watches, logs, exec and the like tell of the start of their answer as well. */
  isLongRunning: boolean;
}

type Emit = (event: AuditEvent) => boolean | Promise<boolean>;
type Named = { metadata?: { namespace?: string; name?: string; uid?: string; resourceVersion?: string } };

/** RFC 3339 with microseconds, as MicroTime is written. */
export const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');

/** One request as it is written down: gathers what comes up while it is served, and tells of its stages. */
export class AuditRecord {
  private impersonated: AuditUser | undefined;
  private constraint = '';
  private reference: AuditObjectReference | undefined;
  private status: Partial<Status> | undefined;
  private requestObject: unknown;
  private responseObject: unknown;
  private readonly annotations = new Map<string, string>();
  private isStarted = false;
  private isComplete = false;

  constructor(
    private readonly request: AuditedRequest,
    private readonly decision: AuditDecision,
    private readonly emit: Emit,
  ) {
    this.reference = request.objectRef;
  }

  get level(): AuditLevel {
    return this.decision.level;
  }

  /** Whether the answer's body is wanted, which may be large. */
  get wantsResponse(): boolean {
    return this.level === 'RequestResponse';
  }

  /** False: the request must not be served, since it cannot be written down. */
  received(): boolean | Promise<boolean> {
    return this.tell('RequestReceived', this.request.requestReceivedTimestamp);
  }

  /** A key is written once: what the first said stands (audit.AddAuditAnnotation). */
  annotate(key: string, value: string): void {
    const known = this.annotations.get(key);
    if (known === undefined) this.annotations.set(key, value);
    else if (known !== value) {
      log.warn({ auditID: this.request.auditID, key, kept: known }, 'an audit annotation is set already');
    }
  }

  /** The constraint is the right by which the caller may, where it is one to certain actions only. */
  actsAs(user: AuditUser, constraint = ''): void {
    this.impersonated = user;
    this.constraint = constraint;
  }

  /** The decoded body of a request; it is copied as it is now. */
  receivedObject(object: unknown): void {
    this.refer(object as Named);
    if (atLeast(this.level, 'Request')) this.requestObject = this.shown(object);
  }

  receivedPatch(patch: unknown): void {
    if (atLeast(this.level, 'Request')) this.requestObject = structuredClone(patch);
  }

  answered(object: unknown): void {
    this.noteStatus(object);
    if (this.wantsResponse) this.responseObject = this.shown(object);
  }

  /** Of an answer that is a Status its bounded fields are kept, whatever the level. */
  noteStatus(answer: unknown): void {
    if (!isStatus(answer)) return;
    const { status, message, reason, details, code } = answer;
    this.status = { metadata: {}, status, message, reason, details, code };
  }

  /** The answer has begun. */
  started(code: number): void {
    if (this.isStarted || this.isComplete) return;
    this.isStarted = true;
    this.status = { metadata: {}, ...this.status, code };
    if (this.request.isLongRunning) void this.tell('ResponseStarted');
  }

  /** There was no caller to serve: the one event of such a request. */
  refused(status: Status): void {
    this.noteStatus(status);
    this.isComplete = true;
    void this.tell('ResponseStarted');
  }

  /** The server failed at it, by an error that no client was meant to see. */
  panicked(message: string): void {
    if (this.isComplete) return;
    this.isComplete = true;
    const reason = 'InternalError';
    this.status = { metadata: {}, status: 'Failure', reason, message: `APIServer panic'd: ${message}`, code: 500 };
    void this.tell('Panic');
  }

  /** The answer is over; `code` is undefined where the connection closed before there was one. */
  complete(code: number | undefined): void {
    if (this.isComplete) return;
    if (code !== undefined) this.started(code);
    else if (!this.isStarted) {
      this.status ??= { metadata: {}, status: 'Success', message: 'Connection closed early', code: 200 };
      if (this.request.isLongRunning) void this.tell('ResponseStarted');
    }
    this.isComplete = true;
    void this.tell('ResponseComplete');
  }

  private shown(object: unknown): unknown {
    return this.decision.omitManagedFields ? withoutManagedFields(object) : structuredClone(object);
  }

  /** A body says what a path may leave out: the name of what is created. */
  private refer({ metadata = {} }: Named): void {
    if (!this.reference) return;
    const { namespace, name, uid, resourceVersion } = metadata;
    const said = this.reference;
    this.reference = {
      ...said,
      namespace: said.namespace || namespace,
      name: said.name || name,
      uid: said.uid || uid,
      resourceVersion: said.resourceVersion || resourceVersion,
    };
  }

  private tell(stage: AuditStage, at = microTime(new Date())): boolean | Promise<boolean> {
    if (this.decision.omitStages.has(stage)) return true;
    return this.emit(this.event(stage, at));
  }

  private event(stage: AuditStage, stageTimestamp: string): AuditEvent {
    const { auditID, requestURI, verb, user, sourceIPs, userAgent, requestReceivedTimestamp } = this.request;
    return {
      kind: 'Event',
      apiVersion: auditApiVersion,
      level: this.level,
      auditID,
      stage,
      requestURI,
      verb,
      user,
      impersonatedUser: this.impersonated,
      authenticationMetadata: this.constraint ? { impersonationConstraint: this.constraint } : undefined,
      sourceIPs,
      userAgent,
      objectRef: this.reference,
      responseStatus: this.status,
      requestObject: this.requestObject,
      responseObject: this.responseObject,
      requestReceivedTimestamp,
      stageTimestamp,
      annotations: this.annotations.size > 0 ? Object.fromEntries(this.annotations) : undefined,
    };
  }
}

const isStatus = (value: unknown): value is Status => (value as { kind?: unknown } | null)?.kind === 'Status';
