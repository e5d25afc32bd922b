/** `nestor`: starts, stops and shows a cluster on this machine. Run it through ./nestor, which builds it first. */
export { startCluster } from './cluster/start-cluster';
