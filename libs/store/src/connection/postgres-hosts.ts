/**
 * The servers that a URL names, `postgres://user:password@one:5432,two:5432/database`, as libpq reads it. node-postgres
 * knows one host only, so each connection gets a URL with the one that is thought to be the primary.
 */
export class PostgresHosts {
  private static readonly known = new Map<string, PostgresHosts>();

  /** Of all connections of this process to this URL: what one of them finds out spares the others the way. */
  static of(url: string): PostgresHosts {
    let hosts = PostgresHosts.known.get(url);
    if (!hosts) PostgresHosts.known.set(url, (hosts = new PostgresHosts(url)));
    return hosts;
  }

  private readonly urls: readonly string[];
  private chosen = 0;
  private timeline = 0;

  private constructor(url: string) {
    this.urls = urlsOf(url);
  }

  get count(): number {
    return this.urls.length;
  }

  /** Where to connect now. */
  get current(): string {
    return this.urls[this.chosen]!;
  }

  /** No primary answers there; the next connection tries the next. */
  leave(url: string): void {
    // Connections that were tried side by side fail together, and must not step over a host.
    if (url === this.current) this.chosen = (this.chosen + 1) % this.urls.length;
  }

  /**
   * Every promotion begins a timeline. A server of an earlier one than was seen was primary before and has come back
   * without knowing: what it lacks has been acknowledged elsewhere. False for such a server.
   */
  accepts(timeline: number): boolean {
    this.timeline = Math.max(this.timeline, timeline);
    return timeline === this.timeline;
  }
}

function urlsOf(url: string): string[] {
  const [, scheme, hosts, rest] = /^(postgres(?:ql)?:\/\/(?:[^/?]*@)?)([^/?]*)(.*)$/s.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined || rest === undefined) return [url];
  // Every connection asks for itself whether it has the primary; the parameter is taken so that URLs for libpq fit.
  const plain = rest.replace(/([?&])target_session_attrs=[^&]*&?/, '$1').replace(/[?&]$/, '');
  return hosts.split(',').map((host) => `${scheme}${host}${plain}`);
}
