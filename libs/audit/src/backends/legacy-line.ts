import type { AuditEvent, AuditUser } from '../audit-event';

const quoted = (value: string): string => JSON.stringify(value);
const groupsOf = (user: AuditUser | undefined, none: string): string =>
  user?.groups?.length ? user.groups.map(quoted).join(',') : quoted(none);

/** The one-line format of --audit-log-format=legacy (audit.EventString). */
export function legacyLine(event: AuditEvent): string {
  const { user, impersonatedUser, objectRef, responseStatus } = event;
  const response = responseStatus === undefined ? '<deferred>' : String(responseStatus.code ?? 0);
  const facts: readonly (readonly [string, string])[] = [
    ['id', quoted(event.auditID)],
    ['stage', quoted(event.stage)],
    ['ip', quoted(event.sourceIPs?.[0] ?? '<unknown>')],
    ['method', quoted(event.verb)],
    ['user', quoted(user.username || '<none>')],
    ['groups', groupsOf(user, '<none>')],
    ['as', quoted(impersonatedUser?.username ?? '<self>')],
    ['asgroups', groupsOf(impersonatedUser, '<lookup>')],
    ['user-agent', quoted(event.userAgent ?? '')],
    ['namespace', quoted(objectRef?.namespace || '<none>')],
    ['uri', quoted(event.requestURI)],
    ['response', quoted(response)],
  ];
  return `${event.requestReceivedTimestamp} AUDIT: ${facts.map(([name, value]) => `${name}=${value}`).join(' ')}`;
}
