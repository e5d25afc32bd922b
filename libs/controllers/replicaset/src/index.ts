/** Keeps the number of pods that a ReplicaSet or a ReplicationController asks for. */
export { ReplicaSetModule } from './replicaset.module';
export { ReplicationControllerModule } from './replication-controller/replication-controller.module';
