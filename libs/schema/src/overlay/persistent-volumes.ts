import type { Overlay } from './overlay';

export const persistentVolumeOverlay: Overlay = {};
