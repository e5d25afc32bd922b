import { type PodTemplate, templates } from './objects';

/** One of scheduler_perf's workloads. */
export interface SchedulerWorkload {
  /** Pods that are on nodes before the measurement: their template and how many there are on that many nodes. */
  init?: { template: PodTemplate; count: (nodes: number) => number };
  template: PodTemplate;
  /** Most pods that can be measured on that many nodes. */
  most?: (nodes: number) => number;
  /** Pods no node can hold that wait all the time. */
  impossible?: number;
  /** Nodes, pods and services that come and go all the time, a round every so many milliseconds. */
  churnMs?: number;
}

const onePerNode = (nodes: number): number => nodes;
/** As many as there are nodes, but within these numbers. */
const between = (least: number, most: number) => (nodes: number) => Math.max(least, Math.min(nodes, most));

/** The names are those of scheduler_perf's configuration, shortened; so are the numbers of pods at 500 and 5,000 nodes. */
export const schedulerWorkloads: Readonly<Record<string, SchedulerWorkload>> = {
  basic: { init: { template: templates.basic, count: between(0, 1000) }, template: templates.basic },
  'node affinity': { init: { template: templates.nodeAffinity, count: onePerNode }, template: templates.nodeAffinity },
  'pod affinity': { init: { template: templates.affinity, count: onePerNode }, template: templates.affinity },
  'pod anti-affinity': {
    init: { template: templates.antiAffinity, count: (nodes) => Math.floor(nodes / 5) },
    template: templates.antiAffinity,
    most: (nodes) => Math.floor(nodes * 0.8),
  },
  'preferred pod affinity': {
    init: { template: templates.preferredAffinity, count: onePerNode },
    template: templates.preferredAffinity,
  },
  'preferred pod anti-affinity': {
    init: { template: templates.preferredAntiAffinity, count: onePerNode },
    template: templates.preferredAntiAffinity,
  },
  'topology spreading': {
    init: { template: templates.basic, count: between(1000, Infinity) },
    template: templates.spread,
  },
  'preferred topology spreading': {
    init: { template: templates.basic, count: between(1000, Infinity) },
    template: templates.preferredSpread,
  },
  preemption: {
    init: { template: templates.low, count: (nodes) => nodes * 4 },
    template: templates.preempting,
    most: (nodes) => Math.floor(nodes / 2),
  },
  unschedulable: { template: templates.basic, impossible: 1000 },
  'mixed churn': { template: templates.basic, impossible: 100, churnMs: 1000 },
};

/** How many pods are measured: what was asked for, or as many as these nodes can hold. */
export function podsOf({ most }: SchedulerWorkload, nodes: number, asked: number): number {
  const room = Math.floor(nodes * 30);
  return Math.min(asked, most ? most(nodes) : room);
}
