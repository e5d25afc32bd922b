import { badRequest } from '../errors/api-error';
import { formatQuantity, parseQuantity, roundUpToMilli } from '../meta/quantity';

/**
 * SetDefaults_ResourceList: amounts are rounded up to thousandths and written in canonical form. Text that is no
 * quantity is what Kubernetes' decoder refuses, with the same 400.
 */
export function canonicalResourceList(
  list: Record<string, string> | undefined,
  of: { kind: string; apiVersion: string },
): void {
  if (list === undefined || list === null) return;
  for (const [name, text] of Object.entries(list)) {
    try {
      list[name] = formatQuantity(roundUpToMilli(parseQuantity(text)));
    } catch (error) {
      throw badRequest(
        `${of.kind} in version ${JSON.stringify(of.apiVersion.split('/').pop())} cannot be handled as a ${of.kind}: ${(error as Error).message}`,
        error,
      );
    }
  }
}
