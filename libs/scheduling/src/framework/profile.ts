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

import { ExtensionPoint, extensionPoints, servesPoint } from './extension-points';

export interface WeightedPlugin {
  plugin: SchedulingPlugin;
  /** Used when the plugin scores; default 1. */
  weight?: number;
}

export type PluginsByPoint = Readonly<Record<ExtensionPoint, readonly WeightedPlugin[]>>;

export interface ProfileSettings {
  /** Which plugins serve which extension point, in order. Without it a plugin serves every point it has a method for. */
  byPoint?: PluginsByPoint;
  percentageOfNodesToScore?: number;
}

function everywhere(plugins: readonly WeightedPlugin[]): PluginsByPoint {
  return Object.fromEntries(
    extensionPoints.map((point) => [point, plugins.filter(({ plugin }) => servesPoint(plugin, point))]),
  ) as unknown as PluginsByPoint;
}

/** The plugins of one scheduler name, sorted into extension points once. */
export class Profile {
  readonly percentageOfNodesToScore: number | undefined;
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
    { byPoint = everywhere(plugins), percentageOfNodesToScore }: ProfileSettings = {},
  ) {
    this.percentageOfNodesToScore = percentageOfNodesToScore;
    const at = <T extends SchedulingPlugin>(point: ExtensionPoint): T[] =>
      byPoint[point].map(({ plugin }) => plugin as T);
    const sorts = at<QueueSortPlugin>('queueSort');
    const [sort] = sorts;
    if (!sort || sorts.length > 1)
      throw new Error(
        `only one queue sort plugin required for profile with scheduler name ${JSON.stringify(schedulerName)}, but got ${sorts.length}`,
      );
    this.queueSort = sort;
    this.preEnqueue = at('preEnqueue');
    this.preFilter = at('preFilter');
    this.filter = at('filter');
    this.postFilter = at('postFilter');
    this.preScore = at('preScore');
    this.score = byPoint.score.map(({ plugin, weight }) => ({ plugin: plugin as ScorePlugin, weight: weight ?? 1 }));
    this.reserve = at('reserve');
    this.permit = at('permit');
    this.preBind = at('preBind');
    this.bind = at('bind');
    this.postBind = at('postBind');
    if (this.bind.length === 0)
      throw new Error(
        `at least one bind plugin is needed for profile with scheduler name ${JSON.stringify(schedulerName)}`,
      );
  }
}
