import type { ResourceDefinition } from '../resource-definition';
import { csiDriverDefinition } from './csi-driver';
import { csiNodeDefinition } from './csi-node';
import { csiStorageCapacityDefinition } from './csi-storage-capacity';
import { storageClassDefinition } from './storage-class';
import { volumeAttachmentDefinition } from './volume-attachment';
import { volumeAttributesClassDefinition } from './volume-attributes-class';

export const storageDefinitions: readonly ResourceDefinition[] = [
  csiDriverDefinition,
  csiNodeDefinition,
  csiStorageCapacityDefinition,
  storageClassDefinition,
  volumeAttachmentDefinition,
  volumeAttributesClassDefinition,
];
