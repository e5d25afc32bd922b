-- The newest revision, apart from the row whose lock puts commits in order. That row is locked at each commit and not
-- changed, while this one gets a new version each time. A transaction elsewhere that stays open keeps every version from
-- being cleared away; found through the one row they all belong to, each commit would walk over more of them than the one
-- before. So the row moves on: its key is the revision without the low bits, the newest key is the last of the index, and
-- behind it lie at most 256 versions.
CREATE TABLE revision_head (
  generation bigint PRIMARY KEY,
  value bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO revision_head (generation, value) SELECT value >> 8, value FROM revision;
ALTER TABLE revision DROP COLUMN value;

CREATE VIEW current_revision AS SELECT value FROM revision_head ORDER BY generation DESC LIMIT 1;

-- Only under the lock of the row in revision.
CREATE FUNCTION advance_revision(p_from bigint, p_to bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_from >> 8 = p_to >> 8 THEN
    UPDATE revision_head SET value = p_to WHERE generation = p_from >> 8;
  ELSE
    DELETE FROM revision_head WHERE generation = p_from >> 8;
    INSERT INTO revision_head (generation, value) VALUES (p_to >> 8, p_to);
  END IF;
END
$$;
