/** Keeps the number of pods that a ReplicaSet asks for. */
export { ReplicaSetModule } from './replicaset.module';
