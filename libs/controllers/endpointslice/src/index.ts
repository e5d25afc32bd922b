/** Writes EndpointSlices, and Endpoints for older readers, from Services and the pods they select. */
export { EndpointSliceModule } from './endpointslice.module';
