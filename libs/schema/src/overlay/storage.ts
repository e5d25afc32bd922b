import type { Overlay } from './overlay';

export const storageOverlay: Overlay = {};
