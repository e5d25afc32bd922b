/** Writes EndpointSlices, and Endpoints for older readers, from Services and the pods they select, and mirrors Endpoints made by hand. */
export { EndpointSliceModule } from './endpointslice.module';
export type { EndpointSliceOptions } from './endpointslice.options';
