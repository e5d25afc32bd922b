/**
 * The scheduling framework and its default plugins: which node a pod goes to, decided from pods and nodes alone.
 * It promises that a pod is always in exactly one place (queued, in flight, placed) and that no node is taken twice
 * for the same room. Reading the cluster and writing bindings are apps/scheduler's.
 */
export * from './framework/plugin';
export * from './framework/profile';
export * from './framework/rejection';
export * from './framework/cycle-state';
export * from './framework/cluster-event';
export * from './cache/node-info';
export * from './cache/scheduler-cache';
export * from './cache/pod-info';
export * from './cache/cluster-view';
export * from './cache/pod-selector';
export * from './cycle/select-node';
export * from './plugins/default-plugins';
export * from './framework/extension-points';
export * from './config/kube-scheduler-configuration';
export * from './config/read-configuration';
export * from './config/document-shape';
export * from './config/plugin-registry';
export * from './config/build-profile';
export * from './plugins/pod-topology-spread/pod-topology-spread.plugin';
export { livingPods } from './plugins/pod-topology-spread/spread-constraint';
export * from './scheduler';
export * from './pod-group/pod-group-condition';
export * from './framework/scheduler-handle';
export * from './extenders/extender';
export * from './extenders/extender-cycle';
export * from './plugins/default-preemption/default-preemption.plugin';
export * from './volumes/storage-view';
export * from './plugins/dynamic-resources/device-view';
export type { ClaimWrites } from './plugins/dynamic-resources/claim-writer';
export type { VolumeWrites } from './plugins/volume-binding/bind-volumes';
export type { Candidate } from './plugins/default-preemption/pick-candidate';
export type { Budget } from './plugins/default-preemption/victims';
export type { IncomingEvent } from './queue/scheduling-queue';
export type { PodSelector } from './cache/pod-selector';
