/**
 * What a controller author imports: @Reconciler on a Nest provider, a module that runs it, and a test bed.
 *
 * The kit promises: keys are merged and never worked on twice at a time; a throw is tried again with back-off;
 * controllers run only while this process leads; informers stay warm on a stand-by. What a reconciler decides is its own.
 */
export { Reconciler, type ReconcilerOptions, type WatchedKind } from './reconciler/reconciler.decorator';
export type {
  ObjectKey,
  ReconcileContext,
  ReconcileResult,
  ReconcilerWiring,
  ReconcilesObjects,
} from './reconciler/reconciler';
export { ControllerKitModule } from './host/controller-kit.module';
export { ControllerHost } from './host/controller-host';
export { isEnabled, type ControllerKitOptions, type LeaderElectionSettings } from './host/controller-options';
export { Expectations } from './children/expectations';
export { slowStartBatch } from './children/slow-start';
export { controlledBy, indexByController, orphansIn } from './children/owner-index';
export { claimChildren, type ClaimRequest } from './children/claim-children';
export { isPodActive, isPodFinished, isPodReady, readyCondition, untilAvailable } from './children/pod-state';
export { ControllerTestBed, type ControllerTestBedOptions } from './testing/controller-test-bed';
export {
  byRevision,
  controllerRevisionHash,
  newRevision,
  revisionHashLabel,
  revisionTemplate,
  surplusRevisions,
} from './revisions/controller-revision';
export { RevisionCollision, RevisionHistory, type RevisionOwner } from './revisions/revision-history';
