import { PostgresHosts } from './postgres-hosts';

describe('PostgresHosts', () => {
  it('goes round the hosts of a URL, one step for all who failed at the same', () => {
    const hosts = PostgresHosts.of('postgres://u:p%40@one:1,two:2/db?target_session_attrs=read-write&sslmode=disable');
    const first = hosts.current;
    expect([hosts.count, first]).toEqual([2, 'postgres://u:p%40@one:1/db?sslmode=disable']);
    hosts.leave(first);
    hosts.leave(first);
    expect(hosts.current).toBe('postgres://u:p%40@two:2/db?sslmode=disable');
    hosts.leave(hosts.current);
    expect(hosts.current).toBe(first);
  });

  it.each(['postgres://u:p@one:1/db', 'postgresql://one/db?sslmode=require', 'postgres:///db'])(
    'leaves %s alone',
    (url) => {
      const hosts = PostgresHosts.of(url);
      hosts.leave(url);
      expect([hosts.count, hosts.current]).toEqual([1, url]);
    },
  );

  it('shares what is known of a URL', () => {
    expect(PostgresHosts.of('postgres://a,b/db')).toBe(PostgresHosts.of('postgres://a,b/db'));
    expect(PostgresHosts.of('postgres://a,b/db?target_session_attrs=read-write').current).toBe('postgres://a/db');
  });

  it('accepts no timeline before the newest it has seen', () => {
    const hosts = PostgresHosts.of('postgres://timelines/db');
    expect([1, 1, 3, 2, 3].map((timeline) => hosts.accepts(timeline))).toEqual([true, true, true, false, true]);
  });
});
