import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { CertificateSigningRequest } from '../meta/json-types';
import { semanticEqual } from '../meta/semantic-equal';
import { requestProblem } from './pkcs10';
import { validateSignerName } from './signer-name';

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const legacySigner = 'kubernetes.io/legacy-unknown';
const minSeconds = 600;
/** Conditions that, once there, stay as they are. */
const lasting = ['Approved', 'Denied', 'Failed'];

export function validateSigningRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  if (!spec) return [field.required('spec')];
  const problem = requestProblem(spec.request);
  return [
    ...(problem ? [field.invalid('spec.request', spec.request, problem)] : []),
    ...validateUsages(spec.usages),
    ...(spec.signerName === legacySigner
      ? [field.invalid('spec.signerName', legacySigner, 'the legacy signer is not allowed via this API version')]
      : validateSignerName(spec.signerName, 'spec.signerName')),
    ...validateDuration(spec.expirationSeconds),
    ...validateConditions(status?.conditions ?? []),
  ];
}

function validateUsages(given: readonly string[] | undefined): FieldError[] {
  if (!given?.length) return [field.required('spec.usages')];
  return given.flatMap((usage, index) => {
    const path = `spec.usages[${index}]`;
    if (!usages.includes(usage)) return [field.notSupported(path, usage, usages)];
    return given.indexOf(usage) < index ? [field.duplicate(path, usage)] : [];
  });
}

function validateDuration(seconds: number | undefined | null): FieldError[] {
  if (seconds === undefined || seconds === null || seconds >= minSeconds) return [];
  const text = 'may not specify a duration less than 600 seconds (10 minutes)';
  return [field.invalid('spec.expirationSeconds', seconds, text)];
}

function validateConditions(conditions: readonly Condition[]): FieldError[] {
  const errors = conditions.flatMap((condition, index) => {
    const path = `status.conditions[${index}]`;
    const { type, status } = condition;
    const allowed = lasting.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    return [
      ...(type ? [] : [field.required(`${path}.type`)]),
      ...(status ? [] : [field.required(`${path}.status`)]),
      ...(status && !allowed.includes(status) ? [field.notSupported(`${path}.status`, status, allowed)] : []),
      ...(conditions.findIndex((other) => other.type === type) < index ? [field.duplicate(`${path}.type`, type)] : []),
    ];
  });
  const has = (type: string): boolean => conditions.some((condition) => condition.type === type);
  if (has('Approved') && has('Denied')) {
    const text = 'Approved and Denied conditions are mutually exclusive';
    errors.push(field.invalid('status.conditions', conditions, text));
  }
  return errors;
}

/** What a write to the main resource, to /status or to /approval may change. */
export function validateSigningRequestUpdate(
  request: CertificateSigningRequest,
  old: Readonly<CertificateSigningRequest>,
  subresource: string,
): FieldError[] {
  const errors = validateConditions(request.status?.conditions ?? []);
  for (const type of lasting) {
    const [now, before] = [request, old].map(({ status }) => status?.conditions?.find((one) => one.type === type));
    const verb = !now && before ? 'remove' : now && !before ? 'add' : semanticEqual(now, before) ? '' : 'modify';
    const mayAdd = subresource === 'approval' || type === 'Failed';
    if (verb === '' || (verb === 'add' && mayAdd)) continue;
    errors.push(field.forbidden('status.conditions', `updates may not ${verb} a condition of type "${type}"`));
  }
  const { certificate } = request.status ?? {};
  const issued = old.status?.certificate;
  if (issued && certificate !== issued) {
    errors.push(field.forbidden('status.certificate', 'updates may not modify existing certificate content'));
  } else if (!issued && certificate && subresource !== 'status') {
    errors.push(field.forbidden('status.certificate', 'updates may not set certificate content'));
  }
  return errors;
}
