/**
 * The wire numbers of the messages that clients write as protobuf (client-go's typed clients do by default). One line a
 * message: `number name type`, joined by commas. Types: s string, i integer, b boolean, y bytes, t time, u microsecond
 * time, q quantity, x int-or-string, v raw JSON; a message name; `[]` a list, `{}` a map by string. A `?` keeps a zero: the field is a
 * pointer in Go, so a zero that was sent was meant. `-` is read past: the server sets it. `<` folds a message into its parent.
 */
const lines: Readonly<Record<string, string>> = {
  ObjectMeta:
    '1 name s, 2 generateName s, 3 namespace s, 4 selfLink s, 5 uid s, 6 resourceVersion s, 7 generation i, 8 creationTimestamp t, 9 deletionTimestamp t, 10 deletionGracePeriodSeconds i?, 11 labels {}s, 12 annotations {}s, 13 ownerReferences []OwnerReference, 14 finalizers []s, 17 managedFields []ManagedFieldsEntry',
  OwnerReference: '1 kind s, 3 name s, 4 uid s, 5 apiVersion s, 6 controller b?, 7 blockOwnerDeletion b?',
  ManagedFieldsEntry:
    '1 manager s, 2 operation s, 3 apiVersion s, 4 time t, 6 fieldsType s, 7 fieldsV1 v, 8 subresource s',
  LabelSelector: '1 matchLabels {}s, 2 matchExpressions []Requirement',
  Requirement: '1 key s, 2 operator s, 3 values []s',
  DeleteOptions:
    '1 gracePeriodSeconds i?, 2 preconditions Preconditions, 3 orphanDependents b?, 4 propagationPolicy s?, 5 dryRun []s',
  Preconditions: '1 uid s?, 2 resourceVersion s?',
  LocalObjectReference: '1 name s',
  ObjectReference: '1 kind s, 2 namespace s, 3 name s, 4 uid s, 5 apiVersion s, 6 resourceVersion s, 7 fieldPath s',

  ConfigMap: '1 metadata ObjectMeta, 2 data {}s, 3 binaryData {}y, 4 immutable b?',
  Secret: '1 metadata ObjectMeta, 2 data {}y, 3 type s, 4 stringData {}s, 5 immutable b?',
  ServiceAccount:
    '1 metadata ObjectMeta, 2 secrets []ObjectReference, 3 imagePullSecrets []LocalObjectReference, 4 automountServiceAccountToken b?',
  Namespace: '1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status -',
  NamespaceSpec: '1 finalizers []s',
  Service: '1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status -',
  ServiceSpec:
    '1 ports []ServicePort, 2 selector {}s, 3 clusterIP s, 4 type s, 5 externalIPs []s, 7 sessionAffinity s, 8 loadBalancerIP s, 9 loadBalancerSourceRanges []s, 10 externalName s, 11 externalTrafficPolicy s, 12 healthCheckNodePort i, 13 publishNotReadyAddresses b, 17 ipFamilyPolicy s?, 18 clusterIPs []s, 19 ipFamilies []s, 20 allocateLoadBalancerNodePorts b?, 21 loadBalancerClass s?, 22 internalTrafficPolicy s?, 23 trafficDistribution s?',
  ServicePort: '1 name s, 2 protocol s, 3 port i, 4 targetPort x, 5 nodePort i, 6 appProtocol s?',
  Binding: '1 metadata ObjectMeta, 2 target ObjectReference',
  Event:
    '1 metadata ObjectMeta, 2 involvedObject ObjectReference, 3 reason s, 4 message s, 5 source EventSource, 6 firstTimestamp t, 7 lastTimestamp t, 8 count i, 9 type s, 10 eventTime u, 11 series EventSeries, 12 action s, 13 related ObjectReference, 14 reportingComponent s, 15 reportingInstance s',
  EventSource: '1 component s, 2 host s',
  EventSeries: '1 count i, 2 lastObservedTime u',
  Lease: '1 metadata ObjectMeta, 2 spec LeaseSpec',
  LeaseSpec:
    '1 holderIdentity s?, 2 leaseDurationSeconds i?, 3 acquireTime u, 4 renewTime u, 5 leaseTransitions i?, 6 strategy s?, 7 preferredHolder s?',

  Pod: '1 metadata ObjectMeta, 2 spec PodSpec, 3 status -',
  PodTemplateSpec: '1 metadata ObjectMeta, 2 spec PodSpec',
  PodSpec:
    '1 volumes []Volume, 2 containers []Container, 3 restartPolicy s, 4 terminationGracePeriodSeconds i?, 5 activeDeadlineSeconds i?, 6 dnsPolicy s, 7 nodeSelector {}s, 8 serviceAccountName s, 9 serviceAccount s, 10 nodeName s, 11 hostNetwork b, 12 hostPID b, 13 hostIPC b, 14 securityContext PodSecurityContext, 15 imagePullSecrets []LocalObjectReference, 16 hostname s, 17 subdomain s, 19 schedulerName s, 20 initContainers []Container, 21 automountServiceAccountToken b?, 22 tolerations []Toleration, 24 priorityClassName s, 25 priority i?, 27 shareProcessNamespace b?, 29 runtimeClassName s?, 30 enableServiceLinks b?, 31 preemptionPolicy s?, 35 setHostnameAsFQDN b?, 37 hostUsers b?',
  Container:
    '1 name s, 2 image s, 3 command []s, 4 args []s, 5 workingDir s, 6 ports []ContainerPort, 7 env []EnvVar, 8 resources ResourceRequirements, 9 volumeMounts []VolumeMount, 10 livenessProbe Probe, 11 readinessProbe Probe, 13 terminationMessagePath s, 14 imagePullPolicy s, 15 securityContext SecurityContext, 16 stdin b, 17 stdinOnce b, 18 tty b, 19 envFrom []EnvFromSource, 20 terminationMessagePolicy s, 22 startupProbe Probe, 24 restartPolicy s?',
  ContainerPort: '1 name s, 2 hostPort i, 3 containerPort i, 4 protocol s, 5 hostIP s',
  EnvVar: '1 name s, 2 value s, 3 valueFrom EnvVarSource',
  EnvVarSource:
    '1 fieldRef ObjectFieldSelector, 2 resourceFieldRef ResourceFieldSelector, 3 configMapKeyRef KeySelector, 4 secretKeyRef KeySelector',
  ObjectFieldSelector: '1 apiVersion s, 2 fieldPath s',
  ResourceFieldSelector: '1 containerName s, 2 resource s, 3 divisor q',
  KeySelector: '1 localObjectReference <LocalObjectReference, 2 key s, 3 optional b?',
  EnvFromSource: '1 prefix s, 2 configMapRef EnvSource, 3 secretRef EnvSource',
  EnvSource: '1 localObjectReference <LocalObjectReference, 2 optional b?',
  ResourceRequirements: '1 limits {}q, 2 requests {}q',
  VolumeMount:
    '1 name s, 2 readOnly b, 3 mountPath s, 4 subPath s, 5 mountPropagation s?, 6 subPathExpr s, 7 recursiveReadOnly s?',
  Probe:
    '1 handler <ProbeHandler, 2 initialDelaySeconds i, 3 timeoutSeconds i, 4 periodSeconds i, 5 successThreshold i, 6 failureThreshold i, 7 terminationGracePeriodSeconds i?',
  ProbeHandler: '1 exec ExecAction, 2 httpGet HTTPGetAction, 3 tcpSocket TCPSocketAction, 4 grpc GRPCAction',
  ExecAction: '1 command []s',
  HTTPGetAction: '1 path s, 2 port x, 3 host s, 4 scheme s, 5 httpHeaders []HTTPHeader',
  HTTPHeader: '1 name s, 2 value s',
  TCPSocketAction: '1 port x, 2 host s',
  GRPCAction: '1 port i, 2 service s?',
  Toleration: '1 key s, 2 operator s, 3 value s, 4 effect s, 5 tolerationSeconds i?',
  PodSecurityContext:
    '2 runAsUser i?, 3 runAsNonRoot b?, 4 supplementalGroups []i, 5 fsGroup i?, 6 runAsGroup i?, 9 fsGroupChangePolicy s?, 10 seccompProfile SeccompProfile',
  SecurityContext:
    '1 capabilities Capabilities, 2 privileged b?, 4 runAsUser i?, 5 runAsNonRoot b?, 6 readOnlyRootFilesystem b?, 7 allowPrivilegeEscalation b?, 8 runAsGroup i?, 9 procMount s?, 11 seccompProfile SeccompProfile',
  Capabilities: '1 add []s, 2 drop []s',
  SeccompProfile: '1 type s, 2 localhostProfile s?',
  Volume: '1 name s, 2 volumeSource <VolumeSource',
  VolumeSource:
    '1 hostPath HostPath, 2 emptyDir EmptyDir, 6 secret SecretVolume, 10 persistentVolumeClaim ClaimVolume, 16 downwardAPI DownwardVolume, 19 configMap ConfigMapVolume, 26 projected ProjectedVolume',
  HostPath: '1 path s, 2 type s?',
  EmptyDir: '1 medium s, 2 sizeLimit q',
  SecretVolume: '1 secretName s, 2 items []KeyToPath, 3 defaultMode i?, 4 optional b?',
  ConfigMapVolume: '1 localObjectReference <LocalObjectReference, 2 items []KeyToPath, 3 defaultMode i?, 4 optional b?',
  ClaimVolume: '1 claimName s, 2 readOnly b',
  DownwardVolume: '1 items []DownwardFile, 2 defaultMode i?',
  DownwardFile: '1 path s, 2 fieldRef ObjectFieldSelector, 3 resourceFieldRef ResourceFieldSelector, 4 mode i?',
  KeyToPath: '1 key s, 2 path s, 3 mode i?',
  ProjectedVolume: '1 sources []Projection, 2 defaultMode i?',
  Projection:
    '1 secret SecretProjection, 2 downwardAPI DownwardVolume, 3 configMap SecretProjection, 4 serviceAccountToken TokenProjection',
  SecretProjection: '1 localObjectReference <LocalObjectReference, 2 items []KeyToPath, 4 optional b?',
  TokenProjection: '1 audience s, 2 expirationSeconds i?, 3 path s',

  Deployment: '1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status -',
  DeploymentSpec:
    '1 replicas i?, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds i, 6 revisionHistoryLimit i?, 7 paused b, 9 progressDeadlineSeconds i?',
  DeploymentStrategy: '1 type s, 2 rollingUpdate RollingUpdate',
  RollingUpdate: '1 maxUnavailable x, 2 maxSurge x',
  ReplicaSet: '1 metadata ObjectMeta, 2 spec ReplicaSetSpec, 3 status -',
  ReplicaSetSpec: '1 replicas i?, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 minReadySeconds i',
  Scale: '1 metadata ObjectMeta, 2 spec ScaleSpec, 3 status -',
  ScaleSpec: '1 replicas i',
  Eviction: '1 metadata ObjectMeta, 2 deleteOptions DeleteOptions',

  TokenRequest: '1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status -',
  TokenRequestSpec: '1 audiences []s, 3 boundObjectRef BoundObjectReference, 4 expirationSeconds i?',
  BoundObjectReference: '1 kind s, 2 apiVersion s, 3 name s, 4 uid s',
  TokenReview: '1 metadata ObjectMeta, 2 spec TokenReviewSpec, 3 status -',
  TokenReviewSpec: '1 token s, 2 audiences []s',
  SelfSubjectReview: '1 metadata ObjectMeta, 2 status -',
  SelfSubjectAccessReview: '1 metadata ObjectMeta, 2 spec AccessSpec, 3 status -',
  SubjectAccessReview: '1 metadata ObjectMeta, 2 spec AccessSpec, 3 status -',
  LocalSubjectAccessReview: '1 metadata ObjectMeta, 2 spec AccessSpec, 3 status -',
  SelfSubjectRulesReview: '1 metadata ObjectMeta, 2 spec RulesSpec, 3 status -',
  AccessSpec:
    '1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes PathAttributes, 3 user s, 4 groups []s, 6 uid s',
  ResourceAttributes: '1 namespace s, 2 verb s, 3 group s, 4 version s, 5 resource s, 6 subresource s, 7 name s',
  PathAttributes: '1 path s, 2 verb s',
  RulesSpec: '1 namespace s',
};

export interface MessageField {
  name: string;
  /** A scalar's letter or a message's name. */
  type: string;
  shape: 'one' | 'list' | 'map' | 'folded';
  keepsZero: boolean;
}

const compiled = new Map<string, ReadonlyMap<number, MessageField>>();

/** The fields of a message by number; undefined for a message that is not known. */
export function messageFields(message: string): ReadonlyMap<number, MessageField> | undefined {
  const known = compiled.get(message);
  const line = lines[message];
  if (known || line === undefined) return known;
  const fields = new Map(line.split(', ').map(compileField));
  compiled.set(message, fields);
  return fields;
}

export const messageNames = (): string[] => Object.keys(lines);

function compileField(entry: string): [number, MessageField] {
  const [number = '', name = '', given = ''] = entry.split(' ');
  const keepsZero = given.endsWith('?');
  const bare = keepsZero ? given.slice(0, -1) : given;
  if (bare.startsWith('[]')) return [Number(number), { name, type: bare.slice(2), shape: 'list', keepsZero }];
  if (bare.startsWith('{}')) return [Number(number), { name, type: bare.slice(2), shape: 'map', keepsZero }];
  if (bare.startsWith('<')) return [Number(number), { name, type: bare.slice(1), shape: 'folded', keepsZero }];
  return [Number(number), { name, type: bare, shape: 'one', keepsZero }];
}
