import { DiscoveryService } from '@nestjs/core';
import type { PluginFactory } from '@nestor/scheduling';

/** What a provider with @SchedulerPlugin has: makes the plugin from its arguments, once for each profile with it. */
export interface MakesPlugin {
  create: PluginFactory;
}

/**
 * Puts a plugin of one's own into the scheduler's registry: a Nest provider that makes it, decorated with the name by
 * which a KubeSchedulerConfiguration enables it and gives it arguments.
 */
export const SchedulerPlugin = DiscoveryService.createDecorator<{ name: string }>();

/** The factories of all providers so decorated. */
export function pluginsFound(discovery: DiscoveryService): Map<string, PluginFactory> {
  const found = new Map<string, PluginFactory>();
  for (const wrapper of discovery.getProviders({ metadataKey: SchedulerPlugin.KEY })) {
    const settings = discovery.getMetadataByDecorator(SchedulerPlugin, wrapper);
    const maker = wrapper.instance as MakesPlugin | undefined;
    if (settings && maker) found.set(settings.name, (args, handle) => maker.create(args, handle));
  }
  return found;
}
