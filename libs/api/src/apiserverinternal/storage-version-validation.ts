import { field, type FieldError } from '../errors/field-error';
import type { StorageVersion } from '../meta/json-types';
import { isDns1035Label, isDns1123Subdomain, isQualifiedName } from '../meta/names';
import { commonEncodingVersion } from './common-encoding-version';

type Status = NonNullable<StorageVersion['status']>;
type ServerVersion = NonNullable<Status['storageVersions']>[number];

/** ValidateStorageVersionStatusUpdate, with its paths and wording. */
export function validateStorageVersionStatus(status: Status): FieldError[] {
  const servers = status.storageVersions ?? [];
  return [
    ...servers.flatMap((server, index) => serverErrors(server, `status.storageVersions[${index}]`)),
    ...commonErrors(status),
    ...conditionErrors(status.conditions ?? [], 'status'),
  ];
}

function serverErrors(server: ServerVersion, path: string): FieldError[] {
  const { apiServerID = '', encodingVersion = '', decodableVersions = [] } = server;
  const errors = isDns1123Subdomain(apiServerID).map((problem) =>
    field.invalid(`${path}.apiServerID`, apiServerID, problem),
  );
  const encoding = apiVersionProblems(encodingVersion);
  if (encoding.length > 0) errors.push(field.invalid(`${path}.encodingVersion`, encodingVersion, encoding.join(',')));
  for (const [index, version] of decodableVersions.entries()) {
    const problems = apiVersionProblems(version);
    if (problems.length > 0) {
      errors.push(field.invalid(`${path}.decodableVersions[${index}]`, version, problems.join(',')));
    }
  }
  if (!decodableVersions.includes(encodingVersion)) {
    const why = `decodableVersions must include encodingVersion ${encodingVersion}`;
    errors.push(field.invalid(`${path}.decodableVersions`, decodableVersions, why));
  }
  return errors;
}

function commonErrors(status: Status): FieldError[] {
  const [said, actual] = [status.commonEncodingVersion, commonEncodingVersion(status)];
  if (said === actual) return [];
  const path = 'status.commonEncodingVersion';
  if (actual === undefined) {
    const why =
      'should be nil if servers do not agree on the same encoding version, or if there is no server reporting the supported versions yet';
    return [field.invalid(path, said, why)];
  }
  if (said === undefined) return [field.invalid(path, null, `the common encoding version is ${actual}`)];
  return [field.invalid(path, said, `the actual common encoding version is ${actual}`)];
}

function conditionErrors(conditions: NonNullable<Status['conditions']>, path: string): FieldError[] {
  const seen = new Map<string, number>();
  return conditions.flatMap(({ type, status, reason, message }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const before = seen.get(type);
    if (before !== undefined) {
      const why = `the type of the condition is not unique, it also appears in conditions[${before}]`;
      errors.push(field.invalid(`${at}.type`, type, why));
    }
    seen.set(type, index);
    errors.push(...isQualifiedName(type).map((problem) => field.invalid(`${at}.type`, type, problem)));
    errors.push(...isQualifiedName(status).map((problem) => field.invalid(`${at}.status`, type, problem)));
    if (!reason) errors.push(field.required(`${at}.reason`, 'reason cannot be empty'));
    if (!message) errors.push(field.required(`${at}.message`, 'message cannot be empty'));
    return errors;
  });
}

function apiVersionProblems(apiVersion: string): string[] {
  const parts = apiVersion.split('/');
  if (parts.length > 2) {
    return [
      "an apiVersion is a DNS-1035 label, which must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyVersion')",
    ];
  }
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const groupProblems = group === undefined ? [] : group === '' ? ['must be non-empty'] : isDns1123Subdomain(group);
  const versionProblems = version === '' ? ['must be non-empty'] : isDns1035Label(version);
  return [
    ...groupProblems.map((problem) => `group part: ${problem}`),
    ...versionProblems.map((problem) => `version part: ${problem}`),
  ];
}
