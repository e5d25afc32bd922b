import { humanDuration } from '../meta/human-duration';
import type { CertificateSigningRequest } from '../meta/json-types';
import { pathSegmentName } from '../meta/object-name';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateSigningRequest, validateSigningRequestUpdate } from './signing-request-validation';

/** Who asks is what the server saw, not what the request says. */
function prepareForCreate(request: CertificateSigningRequest, { user }: StrategyContext): void {
  request.status = {};
  const { spec } = request;
  if (!spec) return;
  for (const name of ['uid', 'extra'] as const) delete spec[name];
  spec.username = user.name;
  spec.groups = [...user.groups];
  if (user.uid) spec.uid = user.uid;
  if (user.extra)
    spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
}

function prepareForUpdate(
  request: CertificateSigningRequest,
  old: Readonly<CertificateSigningRequest>,
  { subresource, now }: StrategyContext,
): void {
  request.spec = old.spec;
  if (subresource === '') request.status = old.status;
  if (subresource === 'approval' && request.status) {
    if (old.status?.certificate) request.status.certificate = old.status.certificate;
    else delete request.status.certificate;
  }
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    const moved = before?.status === condition.status ? before.lastTransitionTime : undefined;
    // Times are text on the wire, whatever the generated type says.
    const times = condition as { lastUpdateTime?: unknown; lastTransitionTime?: unknown };
    times.lastUpdateTime ??= now;
    times.lastTransitionTime ??= moved ?? now;
  }
}

function conditionCell({ status }: CertificateSigningRequest): string {
  const has = (wanted: string): boolean => status?.conditions?.some(({ type }) => type === wanted) ?? false;
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${verdict}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}

/** Asks a signer for a certificate. */
export const certificateSigningRequestDefinition = defineKind({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  definition: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  hasStatus: true,
  strategy: {
    nameCheck: pathSegmentName,
    prepareForCreate,
    prepareForUpdate,
    validate: validateSigningRequest,
    validateUpdate: (request, old, { subresource }: StrategyContext) =>
      validateSigningRequestUpdate(request as CertificateSigningRequest, old as CertificateSigningRequest, subresource),
  },
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', 'string', 'signerName indicates the requested signer, and is a qualified name.'),
    column('Requestor', 'string', 'The user that created the request.'),
    column('RequestedDuration', 'string', 'The requested duration of validity of the issued certificate.'),
    column('Condition', 'string', 'Whether the request is approved, denied, failed or issued.'),
  ],
  cells: (request: CertificateSigningRequest, now: Date) => {
    const { signerName, username, expirationSeconds: seconds } = request.spec ?? {};
    const duration = seconds ? humanDuration(seconds * 1000) : '<none>';
    return [request.metadata.name, age(request, now), signerName, username ?? '', duration, conditionCell(request)];
  },
  selectableFields: ({ spec }: CertificateSigningRequest) => ({ 'spec.signerName': spec?.signerName ?? '' }),
  selectableFieldNames: ['spec.signerName'],
});
