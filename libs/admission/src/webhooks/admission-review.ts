import { randomUUID } from 'node:crypto';
import type { ApiObject, DeepReadonly, Status } from '@nestor/api';
import { AdmissionRequest, kindOf, resourceOf } from '../admission-plugin';
import type { Matched } from '../matching';

const group = 'admission.k8s.io';
const known = ['v1', 'v1beta1'] as const;
export type ReviewVersion = (typeof known)[number];

export interface Review {
  version: ReviewVersion;
  uid: string;
  body: Record<string, unknown>;
}

/** What a webhook answered, in the terms of v1. */
export interface Verdict {
  allowed: boolean;
  result?: Partial<Status>;
  patch?: unknown;
  auditAnnotations: Readonly<Record<string, string>>;
  warnings: readonly string[];
}

export interface Reviewed {
  request: AdmissionRequest;
  matched: Matched;
  /** In the form that matched. */
  object?: DeepReadonly<ApiObject>;
  old?: DeepReadonly<ApiObject>;
}

/** The question in the first version that the webhook takes and this server speaks. */
export function admissionReview(versions: readonly string[], { request, matched, object, old }: Reviewed): Review {
  const version = versions.find((one): one is ReviewVersion => (known as readonly string[]).includes(one));
  if (!version) throw new Error(`webhook does not accept known AdmissionReview versions (${known.join(', ')})`);
  const uid = randomUUID();
  const { subresource, name, namespace, operation, dryRun } = request;
  const body = {
    kind: 'AdmissionReview',
    apiVersion: `${group}/${version}`,
    request: {
      uid,
      kind: matched.kind,
      resource: matched.resource,
      ...(subresource ? { subResource: subresource } : {}),
      requestKind: kindOf(request),
      requestResource: resourceOf(request),
      ...(subresource ? { requestSubResource: subresource } : {}),
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      operation,
      userInfo: userInfoOf(request),
      object: object ?? null,
      oldObject: old ?? null,
      dryRun,
      options: request.options?.() ?? null,
    },
  };
  return { version, uid, body };
}

function userInfoOf({ user: { name, uid, groups, extra } }: AdmissionRequest): Record<string, unknown> {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

interface Answer {
  apiVersion?: string;
  kind?: string;
  response?: {
    uid?: string;
    allowed?: boolean;
    status?: Partial<Status>;
    patch?: string;
    patchType?: string;
    auditAnnotations?: Record<string, string>;
    warnings?: string[];
  };
}

/** webhookrequest.VerifyAdmissionResponse: throws with its words where the answer is none. */
export function verdictOf({ version, uid }: Review, answer: unknown, mutating: boolean): Verdict {
  const { apiVersion = '', kind = '', response } = (answer ?? {}) as Answer;
  if (!response) throw new Error('webhook response was absent');
  // v1beta1 webhooks had to repeat neither.
  if (version === 'v1') {
    if (response.uid !== uid) {
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
    }
    if (apiVersion !== `${group}/v1` || kind !== 'AdmissionReview') {
      throw new Error(
        `expected webhook response of ${group}/v1, Kind=AdmissionReview, got ${apiVersion}, Kind=${kind}`,
      );
    }
    checkPatch(response, mutating);
  }
  const { allowed = false, status, patch, patchType = 'JSONPatch', auditAnnotations = {}, warnings = [] } = response;
  if (mutating && patch && patchType !== 'JSONPatch') {
    throw new Error(`unsupported patch type ${JSON.stringify(patchType)}`);
  }
  return {
    allowed,
    result: status,
    ...(mutating && patch ? { patch: decodePatch(patch) } : {}),
    auditAnnotations,
    warnings,
  };
}

function checkPatch({ patch, patchType }: NonNullable<Answer['response']>, mutating: boolean): void {
  if (!mutating) {
    if (patch) throw new Error('validating webhook may not return response.patch');
    if (patchType !== undefined) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (patch && patchType === undefined) {
    throw new Error('webhook returned response.patch but not response.patchType');
  }
  if (!patch && patchType !== undefined) {
    throw new Error('webhook returned response.patchType but not response.patch');
  }
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

/** Bytes travel as base64. */
const decodePatch = (patch: string): unknown => JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
