import type {
  BindPlugin,
  FilterPlugin,
  PermitPlugin,
  PostBindPlugin,
  PostFilterPlugin,
  PreBindPlugin,
  PreEnqueuePlugin,
  PreFilterPlugin,
  PreScorePlugin,
  QueueSortPlugin,
  ReservePlugin,
  SchedulingPlugin,
  ScorePlugin,
} from './plugin';

export interface WeightedPlugin {
  plugin: SchedulingPlugin;
  /** Used when the plugin scores; default 1. */
  weight?: number;
}

/** A plugin's methods say which extension points it serves, as the interfaces of kube-scheduler's framework do. */
function serving<T extends SchedulingPlugin>(plugins: readonly WeightedPlugin[], method: keyof T & string): T[] {
  return plugins
    .map(({ plugin }) => plugin)
    .filter((plugin): plugin is T => typeof (plugin as unknown as Record<string, unknown>)[method] === 'function');
}

/** The plugins of one scheduler name, sorted into extension points once. */
export class Profile {
  readonly queueSort: QueueSortPlugin;
  readonly preEnqueue: readonly PreEnqueuePlugin[];
  readonly preFilter: readonly PreFilterPlugin[];
  readonly filter: readonly FilterPlugin[];
  readonly postFilter: readonly PostFilterPlugin[];
  readonly preScore: readonly PreScorePlugin[];
  readonly score: readonly { plugin: ScorePlugin; weight: number }[];
  readonly reserve: readonly ReservePlugin[];
  readonly permit: readonly PermitPlugin[];
  readonly preBind: readonly PreBindPlugin[];
  readonly bind: readonly BindPlugin[];
  readonly postBind: readonly PostBindPlugin[];

  constructor(
    readonly schedulerName: string,
    readonly plugins: readonly WeightedPlugin[],
  ) {
    const [sort, ...otherSorts] = serving<QueueSortPlugin>(plugins, 'compare');
    if (!sort || otherSorts.length > 0)
      throw new Error(`profile ${JSON.stringify(schedulerName)} needs exactly one queue sort plugin`);
    this.queueSort = sort;
    this.preEnqueue = serving(plugins, 'preEnqueue');
    this.preFilter = serving(plugins, 'preFilter');
    this.filter = serving(plugins, 'filter');
    this.postFilter = serving(plugins, 'postFilter');
    this.preScore = serving(plugins, 'preScore');
    const weights = new Map(plugins.map(({ plugin, weight }) => [plugin, weight ?? 1]));
    this.score = serving<ScorePlugin>(plugins, 'score').map((plugin) => ({ plugin, weight: weights.get(plugin) ?? 1 }));
    this.reserve = serving(plugins, 'reserve');
    this.permit = serving(plugins, 'permit');
    this.preBind = serving(plugins, 'preBind');
    this.bind = serving(plugins, 'bind');
    this.postBind = serving(plugins, 'postBind');
    if (this.bind.length === 0) throw new Error(`profile ${JSON.stringify(schedulerName)} needs a bind plugin`);
  }
}
