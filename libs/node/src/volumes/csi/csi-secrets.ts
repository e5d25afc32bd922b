import type { CsiDriver } from '@nestor/api';
import type { PayloadContext } from '../volume-payload';

interface SecretReference {
  readonly name?: string;
  readonly namespace?: string;
}

/** A secret's data as a driver gets it: as text. */
export async function secretData(
  reference: SecretReference | undefined,
  { objects }: PayloadContext,
): Promise<Record<string, string>> {
  if (!reference?.name) return {};
  const { data } = await objects.secret(reference.namespace ?? '', reference.name);
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** Tokens of the pod's service account, for drivers that speak for it (CSIDriver.spec.tokenRequests). */
export async function tokenAttributes(
  driver: CsiDriver | undefined,
  { pod, objects }: PayloadContext,
): Promise<Record<string, string>> {
  const requests = driver?.spec.tokenRequests ?? [];
  if (requests.length === 0) return {};
  const tokens: Record<string, { token: string }> = {};
  for (const { audience, expirationSeconds = 3600 } of requests) {
    const token = await objects.token({
      namespace: pod.metadata.namespace ?? '',
      account: pod.spec?.serviceAccountName || 'default',
      audience: audience || undefined,
      expirationSeconds,
      podName: pod.metadata.name ?? '',
      podUid: pod.metadata.uid ?? '',
    });
    tokens[audience] = { token };
  }
  return { 'csi.storage.k8s.io/serviceAccount.tokens': JSON.stringify(tokens) };
}
