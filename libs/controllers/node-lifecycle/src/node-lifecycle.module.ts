import { Module, type DynamicModule } from '@nestjs/common';
import { NodeLifecycleReconciler } from './health/node-lifecycle.reconciler';
import { NodeIpamReconciler } from './ipam/node-ipam.reconciler';
import { NODE_LIFECYCLE_OPTIONS, type NodeLifecycleOptions } from './node-lifecycle.options';
import { PodGcReconciler } from './pod-gc/pod-gc.reconciler';
import { TaintEvictionReconciler } from './taints/taint-eviction.reconciler';
import { NodeTtlReconciler } from './ttl/node-ttl.reconciler';

@Module({})
export class NodeLifecycleModule {
  static forRoot(options: NodeLifecycleOptions = {}): DynamicModule {
    return {
      module: NodeLifecycleModule,
      providers: [
        { provide: NODE_LIFECYCLE_OPTIONS, useValue: options },
        NodeLifecycleReconciler,
        TaintEvictionReconciler,
        PodGcReconciler,
        NodeIpamReconciler,
        NodeTtlReconciler,
      ],
    };
  }
}
