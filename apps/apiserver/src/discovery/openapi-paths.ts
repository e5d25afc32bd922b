import type { Exchange } from '../http/exchange';
import type { ResourceRegistry } from '../registry/resource-registry';

/** /openapi/v2 and /openapi/v3. */
export function openApiPaths(_registry: ResourceRegistry): (exchange: Exchange) => Promise<void> | undefined {
  return () => undefined;
}
