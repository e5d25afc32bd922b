/** Named as kube-controller-manager's flags. */
export interface EndpointSliceOptions {
  maxEndpointsPerSlice?: number;
  /** How long changes of pods are gathered before slices and Endpoints are written. */
  endpointUpdatesBatchPeriodMs?: number;
  /** Addresses of an Endpoints subset that are mirrored to a slice. */
  mirroringMaxEndpointsPerSubset?: number;
}

export const ENDPOINT_SLICE_OPTIONS = Symbol('nestor.EndpointSliceOptions');
