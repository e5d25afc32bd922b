import type { ApiServerConfig } from '../apiserver.config';

export class KubeletClient {
  constructor(protected readonly config: ApiServerConfig) {}
}
