/**
 * The four ways to change an object in part: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch and
 * server-side apply with field ownership. Pure functions: inputs are never changed (results may share parts with
 * them), nothing is read or written, and every failure is an ApiError worded as kube-apiserver words it. What the
 * result means (defaults, validation, versions) is left to the caller.
 */
export * from './json/json-patch';
export * from './json/merge-patch';
export * from './strategic/strategic-merge-patch';
export { fieldManagerOf } from './apply/field-manager';
export { decodeManagers, type ManagedFieldsEntry } from './apply/managed-fields';
export {
  checkApplyPatch,
  serverSideApply,
  unreadableApply,
  type AppliedPatch,
  type ApplyRequest,
  type ApplyResult,
} from './apply/server-side-apply';
export { trackUpdate, type TrackUpdateRequest, type WriteContext } from './apply/track-update';
export { mergeTyped } from './apply/merge';
export { atomicParts } from './apply/atomic-parts';
