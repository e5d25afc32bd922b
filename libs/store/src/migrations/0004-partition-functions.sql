-- The change log's partitions come and go while the server runs, which takes the rights of the owner. These two functions
-- have them, so that the role the server works as needs none: it can make the next partition, and drop what is compacted.
CREATE FUNCTION make_change_partition(p_low bigint, p_high bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  v_name text := 'change_' || p_low;
BEGIN
  IF p_low <> (SELECT coalesce(max(high), 0) FROM change_partition) OR p_high <= p_low THEN
    RAISE EXCEPTION 'the change log does not go on from % to %', p_low, p_high USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- The check lets ATTACH skip its scan; with it and the primary key in place ATTACH only writes the catalogue. It takes
  -- no lock that writers wait for, as CREATE ... PARTITION OF would.
  EXECUTE format('CREATE TABLE %I (LIKE change INCLUDING ALL, CONSTRAINT %I CHECK (revision >= %s AND revision < %s))',
    v_name, v_name || '_range', p_low, p_high);
  EXECUTE format('ALTER TABLE change ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', v_name, p_low, p_high);
  INSERT INTO change_partition (name, low, high) VALUES (v_name, p_low, p_high);
END
$$;

-- Drops the oldest partition behind the compacted revision; false when there is none. Nobody is kept waiting: where a
-- transaction has the change log or the partition in use, this fails at once with lock_not_available.
CREATE FUNCTION drop_change_partition() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  v_name text;
BEGIN
  SELECT p.name INTO v_name FROM change_partition p
    WHERE p.high - 1 <= (SELECT compacted FROM revision) ORDER BY p.low LIMIT 1;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF to_regclass(quote_ident(v_name)) IS NOT NULL THEN
    EXECUTE format('LOCK TABLE ONLY change, ONLY %I IN ACCESS EXCLUSIVE MODE NOWAIT', v_name);
    EXECUTE format('DROP TABLE %I', v_name);
  END IF;
  DELETE FROM change_partition WHERE name = v_name;
  RETURN true;
END
$$;

-- Who calls them must not choose what their names mean.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION make_change_partition SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION drop_change_partition SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE ALL ON FUNCTION make_change_partition, drop_change_partition FROM PUBLIC;
