import { inPackage, joinOverlays, type Overlay } from './overlay';

const say = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([field, description]) => [field, { description }]));

const object = (kind: string) =>
  say({
    metadata: "Standard object's metadata.",
    spec: `Desired behavior of the ${kind}.`,
    status: `Most recently observed status of the ${kind}.`,
  });
const plain = say({ metadata: "Standard object's metadata." });

/** Texts for fields that are references: the client's declarations carry none for those. kubectl explain shows them. */
export const fieldDescriptions: Overlay = joinOverlays(
  inPackage('io.k8s.api.apps.v1.', {
    Deployment: object('Deployment'),
    DeploymentSpec: say({
      selector: "Label selector for pods. It must match the pod template's labels.",
      strategy: 'The deployment strategy to use to replace existing pods with new ones.',
      template: 'Describes the pods that will be created.',
    }),
    DeploymentStrategy: say({
      rollingUpdate: 'Rolling update config params. Present only if the type is RollingUpdate.',
    }),
    RollingUpdateDeployment: say({
      maxSurge:
        'The maximum number of pods that can be scheduled above the desired number of pods. An absolute number or a percentage of desired pods. Defaults to 25%.',
      maxUnavailable:
        'The maximum number of pods that can be unavailable during the update. An absolute number or a percentage of desired pods. Defaults to 25%.',
    }),
    ReplicaSet: object('ReplicaSet'),
    ReplicaSetSpec: say({
      selector: "Label query over pods that should match the replica count. It must match the pod template's labels.",
      template: 'The object that describes the pod that will be created if insufficient replicas are detected.',
    }),
  }),
  inPackage('io.k8s.api.policy.v1.', {
    PodDisruptionBudget: object('PodDisruptionBudget'),
    PodDisruptionBudgetSpec: say({
      maxUnavailable:
        'An eviction is allowed if at most this many of the selected pods are unavailable after it, even in the absence of the evicted pod. A number or a percentage; not together with "minAvailable".',
      minAvailable:
        'An eviction is allowed if at least this many of the selected pods are still available after it, even in the absence of the evicted pod. A number or a percentage: "100%" prevents all voluntary evictions.',
      selector:
        'Label query over pods whose evictions are managed by the budget. A null selector matches no pods, an empty one all pods of the namespace.',
    }),
  }),
  inPackage('io.k8s.api.autoscaling.v1.', {
    HorizontalPodAutoscaler: object('autoscaler'),
    HorizontalPodAutoscalerSpec: say({ scaleTargetRef: 'Reference to the scaled resource.' }),
    HorizontalPodAutoscalerStatus: say({ lastScaleTime: 'When the autoscaler last changed the number of pods.' }),
  }),
  inPackage('io.k8s.api.autoscaling.v2.', {
    HorizontalPodAutoscaler: object('autoscaler'),
    HorizontalPodAutoscalerSpec: say({
      behavior:
        'Behavior of scaling up and down, each with rules of its own. Where it is not set, the defaults of both directions hold.',
      scaleTargetRef: 'Reference to the scaled resource: its pods are measured and its scale is changed.',
    }),
    HorizontalPodAutoscalerStatus: say({ lastScaleTime: 'When the autoscaler last changed the number of pods.' }),
    HorizontalPodAutoscalerBehavior: say({
      scaleDown:
        'Policy of scaling down. If not set, pods may be removed down to minReplicas with a stabilization window of 300 s: the highest recommendation of the last 300 s is used.',
      scaleUp:
        'Policy of scaling up. If not set, it is the higher of 4 more pods in 15 seconds and twice as many pods in 15 seconds, without stabilization.',
    }),
    HPAScalingRules: say({
      tolerance:
        'By how much usage may differ from its target before the number of pods is changed. 0.05 stands for 5%. If not set, the tolerance of the cluster holds.',
    }),
    MetricSpec: say({
      containerResource: 'A resource metric of one container in each pod of the scale target.',
      external: 'A metric that belongs to no object of the cluster.',
      object: 'A metric of a single object of the cluster.',
      pods: 'A metric of each pod of the scale target, averaged before it is compared with the target.',
      resource: 'A resource metric, as in requests and limits, of each pod of the scale target.',
    }),
    MetricTarget: say({
      averageValue: 'Target of the average over all pods, as a quantity.',
      value: 'Target of the metric, as a quantity.',
    }),
    MetricIdentifier: say({ selector: 'Label selector that narrows the metric where its server supports it.' }),
  }),
  inPackage('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.', {
    APIService: object('APIService'),
    APIServiceSpec: say({
      service: 'The Service of the API server. If not set, this API server answers for the group and version itself.',
    }),
  }),
  inPackage('io.k8s.api.core.v1.', {
    Namespace: object('Namespace'),
    Pod: object('pod'),
    Node: object('node'),
    Service: object('service'),
    ConfigMap: plain,
    Secret: plain,
    ServiceAccount: plain,
    Endpoints: plain,
    PodTemplateSpec: say({ metadata: "Standard object's metadata.", spec: 'Desired behavior of the pod.' }),
    PodSpec: say({
      affinity: "If specified, the pod's scheduling constraints.",
      dnsConfig: 'DNS parameters of the pod, merged into what dnsPolicy generates.',
      os: 'The OS of the containers in the pod.',
      resources: 'Total amount of CPU and memory required by all containers in the pod.',
      securityContext: 'Pod-level security attributes and common container settings.',
    }),
    Container: say({
      lifecycle: 'Actions that the system should take in response to container lifecycle events.',
      livenessProbe: 'Periodic probe of container liveness. The container is restarted if it fails.',
      readinessProbe: 'Periodic probe of service readiness. The container leaves service endpoints while it fails.',
      resources: 'Compute resources required by this container.',
      securityContext: "The container's security options; they override those of the pod.",
      startupProbe: 'Tells that the container has started; the other probes wait for it.',
    }),
    Probe: say({
      exec: 'A command to execute in the container.',
      grpc: 'A gRPC health check.',
      httpGet: 'An HTTP GET request to perform.',
      tcpSocket: 'A connection to a TCP port.',
    }),
    HTTPGetAction: say({ port: 'Name or number of the port to access on the container.' }),
    TCPSocketAction: say({ port: 'Number or name of the port to access on the container.' }),
    ServicePort: say({
      targetPort: 'Number or name of the port to access on the pods targeted by the service. Defaults to port.',
    }),
    EnvVar: say({ valueFrom: "Source for the environment variable's value." }),
    Volume: say({
      configMap: 'A config map that should populate this volume.',
      downwardAPI: 'Downward API about the pod that should populate this volume.',
      emptyDir: "A temporary directory that shares a pod's lifetime.",
      hostPath: 'A file or directory of the host that is directly exposed to the container.',
      persistentVolumeClaim: 'A reference to a PersistentVolumeClaim in the same namespace.',
      projected: 'Items for all in one resources: secrets, config maps and downward API.',
      secret: 'A secret that should populate this volume.',
    }),
  }),
  inPackage('io.k8s.api.discovery.v1.', { EndpointSlice: plain }),
  inPackage('io.k8s.api.coordination.v1.', {
    Lease: say({ metadata: "Standard object's metadata.", spec: 'Specification of the Lease.' }),
  }),
  inPackage('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.', {
    CustomResourceDefinition: say({
      metadata: "Standard object's metadata.",
      spec: 'How the user wants the resources to appear.',
      status: 'The actual state of the CustomResourceDefinition.',
    }),
  }),
);
