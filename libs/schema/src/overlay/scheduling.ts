import type { Overlay } from './overlay';

export const schedulingOverlay: Overlay = {};
