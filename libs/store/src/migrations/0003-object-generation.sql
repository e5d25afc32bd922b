-- As for the newest revision: an object that is changed often while a transaction elsewhere stays open would be found
-- behind all of its dead versions. Its key moves on with every 64 edits, to a number that only grows, also from one
-- object to the next of the same name. That there is one row of each name is for write_batch to see to, under the lock.
ALTER TABLE object
  ADD COLUMN generation bigint NOT NULL DEFAULT 0,
  ADD COLUMN edits int NOT NULL DEFAULT 0,
  DROP CONSTRAINT object_pkey,
  ADD PRIMARY KEY (resource, namespace, name, generation);
