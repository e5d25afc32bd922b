/** Keeps the pods of StatefulSets: lasting names and claims, in order, roll-outs from the highest ordinal down. */
export { StatefulSetModule } from './statefulset.module';
