/**
 * What tests run against: real Postgres, NATS, API server, containerd and kubectl, each started for the test and
 * gone after it. Nothing here stands in for them.
 *
 *   const postgres = await startTestPostgres();              // a fresh database on a server shared by the run
 *   const api = await startApiServer();                      // apps/apiserver/dist on a free loopback port
 *   await kubectl(['get', 'pods'], { kubeconfig: api.adminKubeconfig });
 *   const cluster = await startCluster({ runtime: 'sim', nodes: 3 });   // ./nestor up --detach in a folder of its own
 */
export { eventually, type EventuallySettings } from './eventually';
export { freePort } from './free-port';
export { freeze } from './freeze';
export { startTcpProxy, type TcpProxy, type TcpProxySettings } from './tcp-proxy';
export { startTestPostgres, type TestDatabase } from './test-postgres';
export { startReplicatedPostgres, type ReplicatedPostgres } from './test-standby';
export { hasNatsServer, startNats, type TestNats } from './test-nats';
export { startTestBus, type TestBus } from './test-bus';
export { ApiClient, type Answer, type ApiAccess, type WatchLine } from './api-client';
export { startApiServer, type ApiServerSettings, type TestApiServer } from './test-api-server';
export { signedPartOf, testCertificate, type TestCertificate, type TestCertificateRequest } from './test-certificates';
export { startMetricsServer, type MetricsRequest, type TestMetricsServer } from './test-metrics-server';
export { startProcess, type TestProcess, type ProcessSettings } from './test-process';
export { kubectl, kubectlPath, helmPath, startKubectl, KubectlError, type KubectlResult } from './kubectl';
export { buildBusyboxImage, type BusyboxImage } from './busybox-image';
export { withNetns, createNetns, createNeighbour, type Netns } from './netns';
export { startCluster, type ClusterSettings, type TestCluster } from './test-cluster';
export { skipUnless, describeWhen, missingTools } from './skip';
export { temporaryDirectory } from './temporary-directory';
export { repositoryRoot } from './repository-root';
export { Random } from './random';
export {
  changePolicy,
  policyNamespaces,
  randomPolicy,
  randomQuestion,
  type AccessQuestion,
  type RbacPolicy,
} from './rbac/random-policy';
export { rbacAllows, rulesOfClusterRole } from './rbac/reference-rbac';
