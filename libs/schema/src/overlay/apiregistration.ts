import type { Overlay } from './overlay';

export const apiregistrationOverlay: Overlay = {};
