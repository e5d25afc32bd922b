import { ApiObject, DeepReadonly, labelSelectorMatcher, type LabelSelector } from '@nestor/api';
import type { ObjectReader } from '../admission-plugin';
import type { PolicyForms } from './policy-forms';

interface ParamKind {
  readonly apiVersion?: string;
  readonly kind?: string;
}

interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: DeepReadonly<LabelSelector>;
  readonly parameterNotFoundAction?: string;
}

type Params = readonly (DeepReadonly<ApiObject> | undefined)[];

/**
 * The objects that a policy is evaluated with for one binding (generic.CollectParams): one undefined where it takes none,
 * none at all where there are none and that is allowed. Throws what is wrong with the binding.
 */
export async function collectParams(
  { reader, forms }: { reader: ObjectReader; forms: PolicyForms },
  { kind, ref, namespace }: { kind?: ParamKind; ref?: ParamRef; namespace: string },
): Promise<Params> {
  if (!kind || !ref) return [undefined];
  const resource = forms.resourceOfKind(kind.apiVersion ?? '', kind.kind ?? '');
  if (!resource) {
    throw new Error(`failed to find resource referenced by paramKind: '${kind.apiVersion}, Kind=${kind.kind}'`);
  }
  const where = placeOf(resource.namespaced, ref, namespace);
  const found = ref.name
    ? await named(reader, resource.key, where, ref.name)
    : await selected(reader, resource.key, where, ref.selector);
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}

function placeOf(namespaced: boolean, ref: ParamRef, namespace: string): string {
  if (!namespaced) {
    if (ref.namespace) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return '';
  }
  const place = ref.namespace || namespace;
  if (!place) throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  return place;
}

async function named(reader: ObjectReader, key: string, namespace: string, name: string): Promise<Params> {
  const found = (await reader.get(key, namespace, name)) ?? (await reader.get(key, namespace, name, { fresh: true }));
  return found ? [found] : [];
}

async function selected(
  reader: ObjectReader,
  key: string,
  namespace: string,
  selector: DeepReadonly<LabelSelector> = {},
): Promise<Params> {
  const matches = labelSelectorMatcher(selector);
  const all = await reader.list(key);
  return all.filter(
    ({ metadata }) => (namespace === '' || metadata.namespace === namespace) && matches(metadata.labels),
  );
}
