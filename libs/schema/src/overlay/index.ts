import { appsOverlay } from './apps';
import { apiextensionsOverlay } from './apiextensions';
import { coreOverlay } from './core';
import { fieldDescriptions } from './field-descriptions';
import { metaOverlay } from './meta';
import { nodeOverlay } from './node';
import { otherGroupsOverlay } from './other-groups';
import { joinOverlays } from './overlay';
import { podOverlay } from './pod';
import { volumeOverlay } from './volumes';

/** Everything the generated shapes lack, by definition: list and map types, merge keys, defaults, Go's names. */
export const overlay = joinOverlays(
  metaOverlay,
  coreOverlay,
  podOverlay,
  volumeOverlay,
  nodeOverlay,
  appsOverlay,
  apiextensionsOverlay,
  otherGroupsOverlay,
  fieldDescriptions,
);
