import type { Overlay } from './overlay';

export const autoscalingOverlay: Overlay = {};
