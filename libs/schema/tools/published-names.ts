import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from './read-model';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** API classes whose Go package is not io.k8s.api.<class in lower case>. */
const PACKAGES: Readonly<Record<string, string>> = {
  Apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  Apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
  FlowcontrolApiserver: 'io.k8s.api.flowcontrol',
  InternalApiserver: 'io.k8s.api.apiserverinternal',
  RbacAuthorization: 'io.k8s.api.rbac',
};

const META_MODELS = new Set(
  (
    'APIGroup APIGroupList APIResource APIResourceList APIVersions Condition DeleteOptions FieldSelectorRequirement ' +
    'GroupResource GroupVersionForDiscovery LabelSelector LabelSelectorRequirement ListMeta ManagedFieldsEntry ' +
    'ObjectMeta OwnerReference Preconditions ServerAddressByClientCIDR ShardInfo Status StatusCause StatusDetails WatchEvent'
  )
    .split(' ')
    .map((name) => `V1${name}`),
);

/** Kinds that appear in another group's API class, and types that only another group refers to. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  V1Scale: 'io.k8s.api.autoscaling.v1.Scale',
  V1Eviction: 'io.k8s.api.policy.v1.Eviction',
  AuthenticationV1TokenRequest: 'io.k8s.api.authentication.v1.TokenRequest',
  V1TopologySelectorTerm: 'io.k8s.api.core.v1.TopologySelectorTerm',
  V1TopologySelectorLabelRequirement: 'io.k8s.api.core.v1.TopologySelectorLabelRequirement',
  V1NodeSelector: 'io.k8s.api.core.v1.NodeSelector',
  VersionInfo: 'io.k8s.apimachinery.pkg.version.Info',
};

/** Model class -> published definition name, for every model that an API class reaches. */
export function publishedNames(apis: string, models: ReadonlyMap<string, Model>): Map<string, string> {
  const names = new Map(Object.entries(ELSEWHERE));
  for (const model of models.keys()) if (META_MODELS.has(model)) names.set(model, `${META}.${model.slice(2)}`);
  // core first: a type that core and another group reach (PodTemplateSpec) is core's.
  for (const { pkg, version, kinds } of apiClasses(apis).sort((a) => (a.pkg === 'io.k8s.api.core' ? -1 : 0))) {
    const queue = kinds.slice();
    for (let model = queue.pop(); model !== undefined; model = queue.pop()) {
      if (names.has(model) || !models.has(model)) continue;
      names.set(model, `${pkg}.${version}.${bareName(model, version)}`);
      queue.push(...referredModels(models.get(model) as Model));
    }
  }
  for (const [model, published] of Object.entries(ELSEWHERE)) nameReferred(model, published, models, names);
  return names;
}

/** What only a kind of ELSEWHERE refers to lives in that kind's package (ScaleSpec). */
function nameReferred(
  model: string,
  published: string,
  models: ReadonlyMap<string, Model>,
  names: Map<string, string>,
) {
  const version = published.split('.').at(-2) as string;
  const pkg = published.slice(0, published.lastIndexOf('.'));
  for (const referred of models.has(model) ? referredModels(models.get(model) as Model) : []) {
    if (names.has(referred) || !models.has(referred)) continue;
    const name = `${pkg}.${bareName(referred, version)}`;
    names.set(referred, name);
    nameReferred(referred, name, models, names);
  }
}

/** V1beta1Device -> Device, CoreV1EventSeries -> EventSeries. */
function bareName(model: string, version: string): string {
  const marker = version[0]?.toUpperCase() + version.slice(1);
  const at = model.indexOf(marker);
  if (at < 0) throw new Error(`${model} is reached from ${version} but does not carry that version`);
  return model.slice(at + marker.length);
}

function referredModels(model: Model): string[] {
  return model.attributes.flatMap((attribute) => attribute.type.match(/[A-Za-z0-9]+/g) ?? []);
}

function apiClasses(folder: string): { pkg: string; version: string; kinds: string[] }[] {
  return readdirSync(folder).flatMap((file) => {
    const found = /^([A-Za-z]+?)(V\d+(?:(?:alpha|beta)\d+)?)Api\.d\.ts$/.exec(file);
    if (!found) return [];
    const group = found[1] as string;
    const kinds = [...readFileSync(join(folder, file), 'utf8').matchAll(/from '\.\.\/models\/(\w+)\.js'/g)];
    return {
      pkg: PACKAGES[group] ?? `io.k8s.api.${group.toLowerCase()}`,
      version: (found[2] as string).toLowerCase(),
      kinds: kinds.map((kind) => kind[1] as string),
    };
  });
}
