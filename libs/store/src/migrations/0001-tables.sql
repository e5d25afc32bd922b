-- One row. Its lock is what puts commits in the order of their revisions. It starts at 1 because resourceVersion "0"
-- means "any" to clients. The low fill factor keeps its updates inside the page (HOT).
CREATE TABLE revision (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  value bigint NOT NULL,
  compacted bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO revision (value, compacted) VALUES (1, 0);

-- "C" because lists come out in the byte order of etcd's keys, and comparisons are cheapest so.
CREATE TABLE object (
  resource text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text NOT NULL,
  version bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (resource, namespace, name)
) WITH (fillfactor = 85);

-- kind: A(dded), M(odified), D(eleted). previous is the revision of the state before, whose body is in that row of this
-- table; previous_body holds it only when that row is compacted or about to be. So an update writes its body once here.
CREATE TABLE change (
  revision bigint NOT NULL,
  resource text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text NOT NULL,
  kind text NOT NULL,
  body bytea NOT NULL,
  previous bigint NOT NULL,
  previous_body bytea,
  PRIMARY KEY (revision)
) PARTITION BY RANGE (revision);

-- The partitions of change, [low, high); filled_at is when it was first seen full.
CREATE TABLE change_partition (
  name text PRIMARY KEY,
  low bigint NOT NULL,
  high bigint NOT NULL,
  filled_at timestamptz
);

-- The last batch of each replica and what came of it: a replica that lost its connection during a commit finds out here.
CREATE TABLE writer (
  instance uuid PRIMARY KEY,
  batch bigint NOT NULL,
  first_revision bigint,
  last_revision bigint,
  results bigint[],
  seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

-- How far readers of the change log have come that must not start over (the relay to the bus).
CREATE TABLE reader_position (
  name text PRIMARY KEY,
  revision bigint NOT NULL
) WITH (fillfactor = 10);

-- JSON shrinks well and lz4 costs a tenth of pglz; a server built without it keeps its default.
DO $$
BEGIN
  ALTER TABLE object ALTER COLUMN body SET COMPRESSION lz4;
  ALTER TABLE change ALTER COLUMN body SET COMPRESSION lz4;
  ALTER TABLE change ALTER COLUMN previous_body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  RAISE NOTICE 'this server has no lz4; bodies are compressed with its default';
END
$$;
