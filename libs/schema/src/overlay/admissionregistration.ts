import type { Overlay } from './overlay';

export const admissionregistrationOverlay: Overlay = {};
