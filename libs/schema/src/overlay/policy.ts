import type { Overlay } from './overlay';

export const policyOverlay: Overlay = {};
