import type { ResourceDefinition } from '../resource-definition';
import { certificateSigningRequestDefinition } from './certificate-signing-request';

export const certificatesDefinitions: readonly ResourceDefinition[] = [certificateSigningRequestDefinition];
