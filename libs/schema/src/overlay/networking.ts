import type { Overlay } from './overlay';

export const networkingOverlay: Overlay = {};
