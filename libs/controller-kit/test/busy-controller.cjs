'use strict';
// A controller manager of one controller that never rests: each reconciliation creates an object that bears its
// process's name. Started several times by the test of leader election: KUBECONFIG and the name are its arguments.
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { ClientModule, KubernetesClient, refs } = require('@nestor/client');
const { ControllerKitModule, Reconciler } = require('@nestor/controller-kit');

const [kubeconfig, name] = process.argv.slice(2);
let made = 0;

class BusyReconciler {
  constructor(client) {
    this.maps = client.resource(refs.configMaps);
  }
  setup({ every, enqueue }) {
    every(2, () => enqueue(String(made % 8)));
  }
  async reconcile() {
    const metadata = { name: `${name}-${made++}`, namespace: 'default' };
    await this.maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  }
}
Reflect.defineMetadata('design:paramtypes', [KubernetesClient], BusyReconciler);
Reconciler({ name: 'busy', concurrency: 8 })(BusyReconciler);

class RootModule {}
Module({
  imports: [
    ClientModule.forRoot({ kubeconfig, component: 'busy' }),
    ControllerKitModule.forRoot({ leaderElection: { name: 'busy', namespace: 'kube-system' } }),
  ],
  providers: [BusyReconciler],
})(RootModule);
void NestFactory.createApplicationContext(RootModule, { logger: false }).then((app) => app.enableShutdownHooks());
