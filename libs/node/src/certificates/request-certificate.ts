import { isAlreadyExists, type CertificateSigningRequest } from '@nestor/api';
import { refs, type KubernetesClient } from '@nestor/client';
import { lifeOf } from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';

const log = createLogger('certificates');

export interface CertificateWish {
  /** PKCS#10 in PEM. */
  requestPem: string;
  signerName: string;
  usages: readonly string[];
  /** Under which a later attempt finds it again; a random one by default. */
  name?: string;
}

/** Asks for a certificate by a CertificateSigningRequest and waits until it is issued; throws when it will not be. */
export async function requestCertificate(
  client: KubernetesClient,
  wish: CertificateWish,
  signal: AbortSignal,
): Promise<string> {
  return waitForCertificate(client, await submit(client, wish), signal);
}

async function submit(client: KubernetesClient, wish: CertificateWish): Promise<CertificateSigningRequest> {
  const { requestPem, signerName, usages, name } = wish;
  const requests = client.resource(refs.certificateSigningRequests);
  try {
    return await requests.create({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: name ? { name } : { generateName: 'csr-' },
      spec: { request: Buffer.from(requestPem).toString('base64'), signerName, usages: [...usages] },
    });
  } catch (error) {
    if (!name || !isAlreadyExists(error)) throw error;
    log.info({ object: name }, 'certificate request exists already, going on with it');
    const found = await requests.get(name);
    if (found.spec?.signerName !== signerName) {
      throw new Error(`the certificate request ${name} is for the signer ${found.spec?.signerName}`, { cause: error });
    }
    const issued = outcomeOf(found);
    if (issued && 'certificate' in issued && lifeOf(decoded(issued.certificate)).notAfter < Date.now()) {
      throw new Error(`the certificate of the request ${name} has expired`, { cause: error });
    }
    return found;
  }
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

type Outcome = { certificate: string } | { problem: string } | undefined;

async function waitForCertificate(
  client: KubernetesClient,
  request: CertificateSigningRequest,
  signal: AbortSignal,
): Promise<string> {
  const { name = '', uid } = request.metadata;
  let outcome = outcomeOf(request);
  while (!outcome && !signal.aborted) {
    const current = await client.resource(refs.certificateSigningRequests).get(name);
    outcome = current.metadata.uid === uid ? outcomeOf(current) : { problem: `csr "${name}" changed UIDs` };
    if (!outcome) outcome = await watchFor(client, current, signal);
  }
  if (!outcome) throw new Error(`certificate signing request ${name} was not decided on in time`);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return decoded(outcome.certificate);
}

/** Undefined when the watch ended before anything was decided. */
async function watchFor(
  client: KubernetesClient,
  { metadata: { name, resourceVersion } }: CertificateSigningRequest,
  signal: AbortSignal,
): Promise<Outcome> {
  const done = new AbortController();
  let outcome: Outcome;
  const options = {
    fieldSelector: `metadata.name=${name}`,
    resourceVersion,
    signal: AbortSignal.any([signal, done.signal]),
  };
  await client.watch(refs.certificateSigningRequests, options, ({ type, object }) => {
    if (type === 'BOOKMARK') return;
    outcome = type === 'DELETED' ? { problem: `csr "${name}" was deleted` } : outcomeOf(object);
    if (outcome) done.abort();
  });
  return outcome;
}

export function outcomeOf({ status }: CertificateSigningRequest): Outcome {
  const conditions = status?.conditions ?? [];
  const denied = conditions.find(({ type }) => type === 'Denied');
  const failed = conditions.find(({ type }) => type === 'Failed');
  const why = ({ reason = '', message = '' }: { reason?: string; message?: string }) =>
    `reason: ${reason}, message: ${message}`;
  if (denied) return { problem: `certificate signing request is denied, ${why(denied)}` };
  if (failed) return { problem: `certificate signing request failed, ${why(failed)}` };
  const isApproved = conditions.some(({ type }) => type === 'Approved');
  return isApproved && status?.certificate ? { certificate: status.certificate } : undefined;
}
