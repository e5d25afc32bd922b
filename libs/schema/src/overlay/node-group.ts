import type { Overlay } from './overlay';

export const nodeGroupOverlay: Overlay = {};
