import type { Overlay } from './overlay';

export const certificatesOverlay: Overlay = {};
