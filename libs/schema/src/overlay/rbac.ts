import type { Overlay } from './overlay';

export const rbacOverlay: Overlay = {};
