import type { CertificateSigningRequest, DeepReadonly } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';

type Request = DeepReadonly<CertificateSigningRequest>;

export const isDecided = ({ status }: Request): boolean =>
  !!status?.certificate || !!status?.conditions?.some(({ type }) => type === 'Approved' || type === 'Denied');

/** Says yes to the request as it was judged, and to no later one. */
export async function approve(
  client: ResourceClient<CertificateSigningRequest>,
  request: Request,
  message: string,
): Promise<void> {
  const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
  const conditions = [...(request.status?.conditions ?? []), approved];
  const { name = '', resourceVersion } = request.metadata;
  const patch = { metadata: { resourceVersion }, status: { conditions } };
  await client.patch(name, undefined, 'merge', patch, { subresource: 'approval' });
}
