import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionNames, definitionSchema } from './definitions';
import type { StructuralSchema } from './structural-schema';

/** What a real API server publishes, where a copy of it is at hand. */
const facts = process.env['NESTOR_FACTS'] ?? join(__dirname, '../../../../shared/facts');
const folder = join(facts, 'openapi-v3');
const present = existsSync(folder);
if (!present) console.warn(`skipped: ${folder} is absent, so the schemas are not compared with published ones`);

interface Published {
  type?: string;
  format?: string;
  $ref?: string;
  allOf?: Published[];
  items?: Published;
  additionalProperties?: Published;
  properties?: Record<string, Published>;
  required?: string[];
  default?: unknown;
  [extension: `x-kubernetes-${string}`]: unknown;
}

const roots = [
  'io.k8s.api.resource.v1beta2.DeviceTaintRule',
  'io.k8s.api.resource.v1alpha3.DeviceTaintRule',
  ...'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice'
    .split(' ')
    .map((kind) => `io.k8s.api.resource.v1.${kind}`),
  ...'CSIDriver CSINode CSIStorageCapacity VolumeAttachment VolumeAttributesClass'
    .split(' ')
    .map((kind) => `io.k8s.api.storage.v1.${kind}`),
  'io.k8s.api.core.v1.PersistentVolume',
  'io.k8s.api.core.v1.PersistentVolumeClaim',
  'io.k8s.api.storage.v1.StorageClass',
  ...'Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR'
    .split(' ')
    .map((kind) => `io.k8s.api.networking.v1.${kind}`),
  'io.k8s.api.node.v1.RuntimeClass',
  'io.k8s.api.scheduling.v1.PriorityClass',
  ...'Namespace Pod Node Service Endpoints ConfigMap Secret ServiceAccount Event Binding ResourceQuota LimitRange'
    .split(' ')
    .map((kind) => `io.k8s.api.core.v1.${kind}`),
  'io.k8s.api.discovery.v1.EndpointSlice',
  'io.k8s.api.events.v1.Event',
  'io.k8s.api.coordination.v1.Lease',
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.apps.v1.ReplicaSet',
  'io.k8s.api.apps.v1.StatefulSet',
  'io.k8s.api.apps.v1.DaemonSet',
  'io.k8s.api.apps.v1.ControllerRevision',
  'io.k8s.api.core.v1.ReplicationController',
  'io.k8s.api.core.v1.PodTemplate',
  'io.k8s.api.batch.v1.Job',
  'io.k8s.api.batch.v1.CronJob',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  'io.k8s.api.autoscaling.v1.Scale',
  'io.k8s.api.policy.v1.Eviction',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  'io.k8s.api.authentication.v1.TokenRequest',
  ...'Role RoleBinding ClusterRole ClusterRoleBinding'.split(' ').map((kind) => `io.k8s.api.rbac.v1.${kind}`),
  'io.k8s.api.certificates.v1.CertificateSigningRequest',
  'io.k8s.api.scheduling.v1alpha2.PodGroup',
  'io.k8s.api.scheduling.v1alpha2.Workload',
];

const refName = (schema: Published): string | undefined =>
  (schema.$ref ?? schema.allOf?.[0]?.$ref)?.slice('#/components/schemas/'.length);

function readPublished(): Map<string, Published> {
  const all = new Map<string, Published>();
  for (const file of readdirSync(folder)) {
    const document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      components?: { schemas?: Record<string, Published> };
    };
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) all.set(name, schema);
  }
  return all;
}

function reachable(published: ReadonlyMap<string, Published>): string[] {
  const seen = new Set<string>();
  const visit = (schema: Published): void => {
    const ref = refName(schema);
    if (ref !== undefined) enter(ref);
    for (const child of [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})]) {
      if (child) visit(child);
    }
  };
  const enter = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    visit(published.get(name) ?? {});
  };
  roots.forEach(enter);
  return [...seen].sort();
}

/** The part of a schema that both sides can say, in one notation. */
function shapeOf(schema: Published | undefined): unknown {
  if (!schema) return undefined;
  const ref = refName(schema);
  if (ref !== undefined) return ref;
  return {
    type: schema.type,
    format: schema.format,
    items: shapeOf(schema.items),
    map: shapeOf(schema.additionalProperties),
  };
}

function ourShapeOf(schema: StructuralSchema | undefined): unknown {
  if (!schema) return undefined;
  if (schema.ref !== undefined) return schema.ref;
  return {
    type: schema.type,
    format: schema.format,
    items: ourShapeOf(schema.items),
    map: ourShapeOf(schema.additionalProperties),
  };
}

const theirRules = (schema: Published) => ({
  listType: schema['x-kubernetes-list-type'],
  listMapKeys: schema['x-kubernetes-list-map-keys'],
  mapType: schema['x-kubernetes-map-type'],
  patchStrategy: schema['x-kubernetes-patch-strategy'],
  patchMergeKey: schema['x-kubernetes-patch-merge-key'],
});
const ourRules = (schema: StructuralSchema, own: boolean) => ({
  listType: schema.listType,
  listMapKeys: schema.listMapKeys,
  // A reference carries its definition's map type; published documents say it once, on the definition, or where it differs.
  mapType:
    own || schema.ref === undefined || schema.mapType !== definitionSchema(schema.ref).mapType
      ? schema.mapType
      : undefined,
  patchStrategy: schema.patchStrategy,
  patchMergeKey: schema.patchMergeKey,
});

(present ? describe : describe.skip)('schemas compared with published ones', () => {
  const published = present ? readPublished() : new Map<string, Published>();
  // A skipped suite is still described.
  const names = present ? reachable(published) : [];
  const pairs = names.map((name) => ({ name, theirs: published.get(name) as Published, ours: definitionSchema(name) }));
  const properties = pairs.flatMap(({ name, theirs, ours }) =>
    Object.entries(theirs.properties ?? {}).map(([field, schema]) => ({
      at: `${name}.${field}`,
      theirs: schema,
      ours: ours.properties?.[field] ?? {},
    })),
  );

  it(`covers ${names.length} definitions with ${properties.length} properties`, () => {
    expect(names.length).toBeGreaterThan(200);
    expect(properties.length).toBeGreaterThan(1000);
  });

  it('knows every published definition by name', () => {
    const known = new Set(definitionNames());
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('agrees on property names', () => {
    for (const { name, theirs, ours } of pairs) {
      expect([name, Object.keys(ours.properties ?? {}).sort()]).toEqual([
        name,
        Object.keys(theirs.properties ?? {}).sort(),
      ]);
    }
  });

  it('agrees on required properties', () => {
    for (const { name, theirs, ours } of pairs) {
      expect([name, [...(ours.required ?? [])].sort()]).toEqual([name, [...(theirs.required ?? [])].sort()]);
    }
  });

  it('agrees on types, formats and references', () => {
    const differing = properties.filter(
      ({ theirs, ours }) => JSON.stringify(shapeOf(theirs)) !== JSON.stringify(ourShapeOf(ours)),
    );
    expect(differing.map(({ at, theirs, ours }) => [at, shapeOf(theirs), ourShapeOf(ours)])).toEqual([]);
  });

  it('agrees on list types, map types, merge keys and patch strategies', () => {
    const rules = [
      ...properties.map(({ at, theirs, ours }) => ({ at, theirs: theirRules(theirs), ours: ourRules(ours, false) })),
      ...pairs.map(({ name, theirs, ours }) => ({ at: name, theirs: theirRules(theirs), ours: ourRules(ours, true) })),
    ];
    const differing = rules.filter(({ theirs, ours }) => JSON.stringify(theirs) !== JSON.stringify(ours));
    expect(differing).toEqual([]);
  });

  it('has every published default', () => {
    const differing = properties.filter(
      // Defaulting by code overrides the published zero values ("" protocol becomes TCP), and adds more.
      ({ theirs, ours }) => 'default' in theirs && ours.default === undefined,
    );
    expect(differing.map(({ at, theirs }) => [at, theirs.default])).toEqual([]);
  });

  it('holds structs by value exactly where the server does', () => {
    const ours = properties.filter(({ ours }) => JSON.stringify(ours.default) === '{}').map(({ at }) => at);
    const theirs = properties.filter(({ theirs }) => JSON.stringify(theirs.default) === '{}').map(({ at }) => at);
    // securityContext is a pointer that SetDefaults_PodSpec fills.
    expect(ours.filter((at) => !at.endsWith('PodSpec.securityContext'))).toEqual(theirs);
  });
});
