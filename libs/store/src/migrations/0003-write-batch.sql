-- One group commit. Arrays run in parallel, one element per operation; types are c(reate), u(pdate), d(elete).
-- results[i] > 0: done at that revision; < 0: the stored object is at that version (conflict, or exists on create);
-- 0: not found. object_uids[i] is set for what was done.
CREATE OR REPLACE FUNCTION write_batch(
  p_instance uuid, p_batch bigint,
  p_types text[], p_resources text[], p_namespaces text[], p_names text[],
  p_expected bigint[], p_uids text[], p_bodies bytea[]
) RETURNS TABLE (first_revision bigint, last_revision bigint, results bigint[], object_uids text[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_first bigint;
  v_compacted bigint;
  v_revision bigint;
  v_at tid;
  v_version bigint;
  v_generation bigint;
  v_edits int;
  v_uid text;
  v_body bytea;
  v_count int := array_length(p_types, 1);
  v_results bigint[] := array_fill(0::bigint, ARRAY[v_count]);
  v_uids text[] := array_fill(''::text, ARRAY[v_count]);
  v_previous_bodies bytea[] := array_fill(NULL::bytea, ARRAY[v_count]);
BEGIN
  -- From here to the commit every other writer waits, so nothing below can race.
  SELECT r.compacted INTO STRICT v_compacted FROM revision r FOR UPDATE;
  -- A statement of its own: its snapshot is taken behind the lock.
  SELECT c.value INTO STRICT v_first FROM current_revision c;
  v_revision := v_first;

  FOR i IN 1 .. v_count LOOP
    -- The row as it is, by the last of its keys: what lies behind that key is few however many dead versions there are.
    SELECT o.ctid, o.uid, o.version, o.generation, o.edits INTO v_at, v_uid, v_version, v_generation, v_edits
      FROM object o
      WHERE o.resource = p_resources[i] AND o.namespace = p_namespaces[i] AND o.name = p_names[i]
      ORDER BY o.generation DESC LIMIT 1;

    IF p_types[i] = 'c' THEN
      IF FOUND THEN
        v_results[i] := -v_version;
        CONTINUE;
      END IF;
      v_uid := p_uids[i];
      INSERT INTO object (resource, namespace, name, generation, edits, uid, version, body)
        VALUES (p_resources[i], p_namespaces[i], p_names[i], (v_revision + 1) >> 6, 0, v_uid, v_revision + 1, p_bodies[i]);
    ELSIF NOT FOUND THEN
      -- results[i] is 0.
      CONTINUE;
    ELSIF v_version <> p_expected[i] THEN
      v_results[i] := -v_version;
      CONTINUE;
    ELSE
      -- The row of the change log that holds the state before is compacted, or may be before this one is.
      IF v_version <= v_compacted THEN
        SELECT o.body INTO v_body FROM object o WHERE o.ctid = v_at;
        v_previous_bodies[i] := v_body;
      END IF;
      IF p_types[i] = 'u' THEN
        -- The key moves on after 64 edits. Until then the row stays in its page and its key (HOT).
        IF v_edits >= 63 THEN
          v_generation := (v_revision + 1) >> 6;
          v_edits := -1;
        END IF;
        UPDATE object o
          SET version = v_revision + 1, body = p_bodies[i], generation = v_generation, edits = v_edits + 1
          WHERE o.ctid = v_at AND o.version = p_expected[i];
      ELSE
        DELETE FROM object o WHERE o.ctid = v_at AND o.version = p_expected[i];
      END IF;
    END IF;

    v_revision := v_revision + 1;
    v_results[i] := v_revision;
    v_uids[i] := v_uid;
  END LOOP;

  IF v_revision > v_first THEN
    INSERT INTO change (revision, resource, namespace, name, uid, kind, body, previous, previous_body)
      SELECT u.result, u.resource, u.namespace, u.name, u.uid,
             CASE u.type WHEN 'c' THEN 'A' WHEN 'u' THEN 'M' ELSE 'D' END,
             u.body, CASE u.type WHEN 'c' THEN 0 ELSE u.expected END, u.previous_body
      FROM unnest(p_types, p_resources, p_namespaces, p_names, p_expected, p_bodies, v_results, v_uids, v_previous_bodies)
        AS u (type, resource, namespace, name, expected, body, result, uid, previous_body)
      WHERE u.result > 0;
    PERFORM advance_revision(v_first, v_revision);
    PERFORM pg_notify('nestor_revision', v_revision::text);
  END IF;

  -- Batches of a replica are numbered; a batch whose number was given up (resolve_batch) must not commit late.
  UPDATE writer w SET batch = p_batch, first_revision = v_first, last_revision = v_revision, results = v_results,
                      seen_at = now()
    WHERE w.instance = p_instance AND w.batch = p_batch - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'batch % of writer % was given up', p_batch, p_instance USING ERRCODE = 'NE001';
  END IF;

  RETURN QUERY SELECT v_first, v_revision, v_results, v_uids;
END
$$;
