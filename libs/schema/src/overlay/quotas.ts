import type { Overlay } from './overlay';

export const quotaOverlay: Overlay = {};
