import type { AuditEvent, AuditLevel, AuditStage } from '../audit-event';
import { AuditRecord } from './audit-record';

function open(level: AuditLevel, options: { long?: boolean; omit?: AuditStage[]; omitManagedFields?: boolean } = {}) {
  const events: AuditEvent[] = [];
  const record = new AuditRecord(
    {
      auditID: 'id',
      requestURI: '/api/v1/namespaces/default/secrets',
      verb: 'create',
      user: { username: 'ada' },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test',
      objectRef: { resource: 'secrets', namespace: 'default', apiVersion: 'v1' },
      requestReceivedTimestamp: '2026-01-02T03:04:05.000000Z',
      isLongRunning: options.long ?? false,
    },
    { level, omitStages: new Set(options.omit), omitManagedFields: options.omitManagedFields ?? false },
    (event) => {
      events.push(JSON.parse(JSON.stringify(event)) as AuditEvent);
      return true;
    },
  );
  return { record, events };
}
const secret = { kind: 'Secret', metadata: { name: 's', uid: 'u', managedFields: [{}] }, data: { key: 'aGlkZGVu' } };

function serve(level: AuditLevel, options?: Parameters<typeof open>[1]): AuditEvent[] {
  const { record, events } = open(level, options);
  void record.received();
  record.receivedObject(secret);
  record.answered(secret);
  record.started(201);
  record.complete(201);
  return events;
}

describe('an audit record', () => {
  it('tells of arrival and end, and of the start of long answers', () => {
    expect(serve('Metadata').map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete']);
    expect(serve('Metadata', { long: true }).map(({ stage }) => stage)).toEqual([
      'RequestReceived',
      'ResponseStarted',
      'ResponseComplete',
    ]);
    expect(serve('Metadata', { omit: ['RequestReceived'] }).map(({ stage }) => stage)).toEqual(['ResponseComplete']);
  });

  it('shows no more than its level', () => {
    const end = (level: AuditLevel): AuditEvent => serve(level).at(-1)!;
    expect(JSON.stringify(end('Metadata'))).not.toContain('aGlkZGVu');
    expect(end('Metadata').objectRef).toMatchObject({ name: 's', uid: 'u', namespace: 'default' });
    expect(end('Request')).toMatchObject({ requestObject: secret, responseStatus: { code: 201 } });
    expect(end('Request').responseObject).toBeUndefined();
    expect(end('RequestResponse')).toMatchObject({ requestObject: secret, responseObject: secret });
    const [short] = serve('RequestResponse', { omitManagedFields: true }).slice(-1);
    expect(JSON.stringify(short)).not.toContain('managedFields');
  });

  it('keeps the first annotation of a key and the Status of a refusal', () => {
    const { record, events } = open('Metadata');
    record.annotate('a/b', '1');
    record.annotate('a/b', '2');
    record.answered({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason: 'Forbidden',
      code: 403,
    });
    record.complete(403);
    expect(events).toMatchObject([
      { annotations: { 'a/b': '1' }, responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403 } },
    ]);
  });

  it('says so where the connection closed first, and ends once', () => {
    const { record, events } = open('Metadata', { long: true });
    record.complete(undefined);
    record.complete(200);
    record.panicked('late');
    expect(events.map(({ stage }) => stage)).toEqual(['ResponseStarted', 'ResponseComplete']);
    expect(events[1]!.responseStatus).toMatchObject({ message: 'Connection closed early', code: 200 });
  });

  it('tells of a failure of the server alone', () => {
    const { record, events } = open('Metadata');
    record.panicked('no such thing');
    record.complete(500);
    expect(events).toMatchObject([
      {
        stage: 'Panic',
        responseStatus: { code: 500, reason: 'InternalError', message: "APIServer panic'd: no such thing" },
      },
    ]);
  });
});
