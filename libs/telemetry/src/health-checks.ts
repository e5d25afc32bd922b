export type HealthCheck = () => void | Promise<void>;
export type HealthKind = 'healthz' | 'livez' | 'readyz';

export interface HealthAnswer {
  status: number;
  body: string;
}

export interface HealthQuery {
  verbose?: boolean;
  exclude?: readonly string[];
  /** The name after the slash in /readyz/<check>. */
  only?: string;
}

/** The named checks of a process, answered as a Kubernetes component answers them. A check fails by throwing. */
export class HealthChecks {
  private readonly ready = new Map<string, HealthCheck>([['ping', () => undefined]]);
  private readonly live = new Map<string, HealthCheck>([['ping', () => undefined]]);

  addReadyCheck(name: string, check: HealthCheck): void {
    this.ready.set(name, check);
  }

  /** A live check counts for readiness too. */
  addLiveCheck(name: string, check: HealthCheck): void {
    this.live.set(name, check);
    this.ready.set(name, check);
  }

  async answer(kind: HealthKind, query: HealthQuery = {}): Promise<HealthAnswer> {
    const checks = kind === 'readyz' ? this.ready : this.live;
    if (query.only !== undefined) return answerOne(checks.get(query.only), query.only);

    const excluded = new Set(query.exclude ?? []);
    const lines = await Promise.all(
      [...checks].map(async ([name, check]) => {
        if (excluded.has(name)) return { passed: true, text: `[+]${name} excluded: ok` };
        const passed = await passes(check);
        // The reason stays in the logs: this endpoint may be open to anyone.
        return { passed, text: passed ? `[+]${name} ok` : `[-]${name} failed: reason withheld` };
      }),
    );
    const unknown = [...excluded].filter((name) => !checks.has(name));
    const warning = unknown.length
      ? [`warn: some health checks cannot be excluded: no matches for ${unknown.map((n) => `"${n}"`).join(', ')}`]
      : [];
    const text = [...lines.map((line) => line.text), ...warning].join('\n');
    if (lines.some((line) => !line.passed)) return { status: 500, body: `${text}\n${kind} check failed\n` };
    return { status: 200, body: query.verbose ? `${text}\n${kind} check passed\n` : 'ok' };
  }
}

async function answerOne(check: HealthCheck | undefined, name: string): Promise<HealthAnswer> {
  if (!check) return { status: 404, body: '404 page not found\n' };
  return (await passes(check))
    ? { status: 200, body: 'ok' }
    : { status: 500, body: `internal server error: ${name} failed: reason withheld\n` };
}

async function passes(check: HealthCheck): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}

/** The checks of this process. */
export const health = new HealthChecks();
