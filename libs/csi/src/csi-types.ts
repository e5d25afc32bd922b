export type CsiAccessMode =
  | 'SINGLE_NODE_WRITER'
  | 'MULTI_NODE_READER_ONLY'
  | 'MULTI_NODE_MULTI_WRITER'
  | 'SINGLE_NODE_SINGLE_WRITER'
  | 'SINGLE_NODE_MULTI_WRITER';

export interface CsiVolumeCapability {
  block?: Record<string, never>;
  mount?: { fsType?: string; mountFlags?: string[]; volumeMountGroup?: string };
  accessMode: { mode: CsiAccessMode };
}

type Strings = Record<string, string>;

export interface StageVolume {
  volumeId: string;
  publishContext?: Strings;
  stagingTargetPath: string;
  volumeCapability: CsiVolumeCapability;
  secrets?: Strings;
  volumeContext?: Strings;
}

export interface PublishVolume extends Omit<StageVolume, 'stagingTargetPath'> {
  /** Absent for drivers that do not stage. */
  stagingTargetPath?: string;
  targetPath: string;
  readonly: boolean;
}

export interface ExpandVolume {
  volumeId: string;
  volumePath: string;
  capacityRange: { requiredBytes: number };
  stagingTargetPath?: string;
  volumeCapability: CsiVolumeCapability;
  secrets?: Strings;
}

export interface CsiNodeInfo {
  nodeId: string;
  /** 0: the driver sets no limit. */
  maxVolumesPerNode: number;
  topology: Strings;
}

export type CsiNodeCapability =
  | 'STAGE_UNSTAGE_VOLUME'
  | 'GET_VOLUME_STATS'
  | 'EXPAND_VOLUME'
  | 'VOLUME_CONDITION'
  | 'SINGLE_NODE_MULTI_WRITER'
  | 'VOLUME_MOUNT_GROUP';
