/** Keeps a pod of each DaemonSet on every node that is meant, and rolls templates out over them. */
export { DaemonSetModule } from './daemonset.module';
