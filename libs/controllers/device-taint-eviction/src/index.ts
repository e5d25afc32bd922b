/** Evicts pods that use devices with NoExecute taints, a driver's or an administrator's, and tells rules what they do. */
export { DeviceTaintEvictionModule } from './device-taint-eviction.module';
