import { isExtendedResource } from '../core/resource-quota/resource-names';

/** Every class can be asked for by this and its name. */
export const deviceClassPrefix = 'deviceclass.resource.kubernetes.io/';

/** Names of resources that devices may stand for (schedutil.IsDRAExtendedResourceName). */
export const isDeviceResource = (name: string): boolean =>
  name.startsWith(deviceClassPrefix) || isExtendedResource(name);
