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
