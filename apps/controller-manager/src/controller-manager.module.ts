import { Module, type DynamicModule } from '@nestjs/common';
import { ClientModule } from '@nestor/client';
import { ControllerKitModule, type LeaderElectionSettings } from '@nestor/controller-kit';
import { BootstrapTokensModule } from '@nestor/controllers-bootstrap-tokens';
import { CertificatesModule } from '@nestor/controllers-certificates';
import { ClusterRoleAggregationModule } from '@nestor/controllers-cluster-role-aggregation';
import { CronJobModule } from '@nestor/controllers-cronjob';
import { DaemonSetModule } from '@nestor/controllers-daemonset';
import { DeploymentModule } from '@nestor/controllers-deployment';
import { DeviceTaintEvictionModule } from '@nestor/controllers-device-taint-eviction';
import { DisruptionModule } from '@nestor/controllers-disruption';
import { EndpointSliceModule } from '@nestor/controllers-endpointslice';
import { GarbageCollectorModule } from '@nestor/controllers-garbage-collector';
import {
  HorizontalPodAutoscalerModule,
  type HorizontalPodAutoscalerOptions,
} from '@nestor/controllers-horizontal-pod-autoscaler';
import { JobModule } from '@nestor/controllers-job';
import { NamespaceModule } from '@nestor/controllers-namespace';
import { NodeLifecycleModule } from '@nestor/controllers-node-lifecycle';
import { PersistentVolumeModule } from '@nestor/controllers-persistent-volume';
import { ReplicaSetModule, ReplicationControllerModule } from '@nestor/controllers-replicaset';
import { ResourceClaimModule } from '@nestor/controllers-resource-claim';
import { ResourceQuotaModule } from '@nestor/controllers-resource-quota';
import { ServiceCidrModule } from '@nestor/controllers-service-cidr';
import { ServiceAccountModule } from '@nestor/controllers-serviceaccount';
import { StatefulSetModule } from '@nestor/controllers-statefulset';
import { StorageVersionModule } from '@nestor/controllers-storage-version';
import { TtlAfterFinishedModule } from '@nestor/controllers-ttl-after-finished';
import { ValidatingPolicyStatusModule } from '@nestor/controllers-validating-policy-status';
import type { ControllerManagerConfig } from './controller-manager.config';
import { signingOptions } from './signing-options';

/** The client, the kit, and one module per controller: adding a controller is one import. */
@Module({})
export class ControllerManagerModule {
  static forRoot(config: ControllerManagerConfig): DynamicModule {
    return {
      module: ControllerManagerModule,
      imports: [
        ClientModule.forConfig(config, 'controller-manager'),
        ControllerKitModule.forRoot({
          controllers: config.controllers,
          leaderElection: config.leaderElect ? leaderElection(config) : undefined,
        }),
        DeploymentModule,
        ReplicaSetModule,
        ReplicationControllerModule,
        StatefulSetModule,
        PersistentVolumeModule.forRoot({
          enableHostPathProvisioner: config.enableHostpathProvisioner,
          disableForceDetachOnTimeout: config.disableForceDetachOnTimeout,
        }),
        DaemonSetModule,
        DeviceTaintEvictionModule,
        DisruptionModule,
        EndpointSliceModule.forRoot({
          maxEndpointsPerSlice: config.maxEndpointsPerSlice,
          endpointUpdatesBatchPeriodMs: config.endpointUpdatesBatchPeriod * 1000,
          mirroringMaxEndpointsPerSubset: config.mirroringMaxEndpointsPerSubset,
        }),
        GarbageCollectorModule,
        HorizontalPodAutoscalerModule.forRoot(autoscaling(config)),
        JobModule,
        ResourceClaimModule,
        CronJobModule,
        TtlAfterFinishedModule,
        NamespaceModule,
        ServiceAccountModule.forRoot({
          privateKeyFile: config.serviceAccountPrivateKeyFile,
          cleanUpPeriodMs: config.legacyServiceAccountTokenCleanUpPeriod * 1000,
        }),
        ServiceCidrModule,
        StorageVersionModule,
        ClusterRoleAggregationModule,
        ValidatingPolicyStatusModule,
        BootstrapTokensModule,
        CertificatesModule.forRoot(signingOptions(config)),
        ResourceQuotaModule.forRoot({ syncPeriodMs: config.resourceQuotaSyncPeriod * 1000 }),
        NodeLifecycleModule.forRoot({
          nodeMonitorGracePeriodMs: config.nodeMonitorGracePeriod * 1000,
          nodeMonitorPeriodMs: config.nodeMonitorPeriod * 1000,
          disruptionLimits: {
            evictionRate: config.nodeEvictionRate,
            secondaryEvictionRate: config.secondaryNodeEvictionRate,
            unhealthyZoneThreshold: config.unhealthyZoneThreshold,
            largeClusterSizeThreshold: config.largeClusterSizeThreshold,
          },
          terminatedPodGcThreshold: config.terminatedPodGcThreshold,
          clusterCidr: config.clusterCidr,
          allocateNodeCidrs: config.allocateNodeCidrs,
          nodeCidrMaskSize: config.nodeCidrMaskSize,
          nodeCidrMaskSizeIpv4: config.nodeCidrMaskSizeIpv4,
          nodeCidrMaskSizeIpv6: config.nodeCidrMaskSizeIpv6,
          serviceClusterIpRange: config.serviceClusterIpRange,
        }),
      ],
    };
  }
}

function autoscaling(config: ControllerManagerConfig): HorizontalPodAutoscalerOptions {
  return {
    syncPeriodMs: config.horizontalPodAutoscalerSyncPeriod * 1000,
    downscaleStabilizationMs: config.horizontalPodAutoscalerDownscaleStabilization * 1000,
    cpuInitializationPeriodMs: config.horizontalPodAutoscalerCpuInitializationPeriod * 1000,
    initialReadinessDelayMs: config.horizontalPodAutoscalerInitialReadinessDelay * 1000,
    tolerance: config.horizontalPodAutoscalerTolerance,
  };
}

function leaderElection(config: ControllerManagerConfig): LeaderElectionSettings {
  return {
    name: config.leaderElectResourceName,
    namespace: config.leaderElectResourceNamespace,
    leaseDurationMs: config.leaderElectLeaseDuration * 1000,
    renewDeadlineMs: config.leaderElectRenewDeadline * 1000,
    retryPeriodMs: config.leaderElectRetryPeriod * 1000,
  };
}
