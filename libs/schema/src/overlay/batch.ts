import type { Overlay } from './overlay';

export const batchOverlay: Overlay = {};
