// Purpose: binds a shard's job to the job that it is a part of, which this locks, and finds the group
//   that its run may join: the newest of as many shards, unless this shard succeeded in it already
//   or somebody undid it.
// Parameters: job, parent, name (of the parent), shards (how many).
// Columns: startedAt (of the parent's first shard, epoch in milliseconds), group (null for none).
MERGE (p:EnrichmentJob {id: $parent})
SET p.askedAt = datetime.realtime()
SET p.name = coalesce(p.name, $name), p.startedAt = coalesce(p.startedAt, datetime.realtime())
WITH p
MATCH (j:EnrichmentJob {id: $job})
SET j.parent = $parent, j.shards = $shards
WITH p, j
OPTIONAL MATCH (:EnrichmentJob {parent: $parent, shards: $shards})-[:HAS_RUN]->(r:EnrichmentRun)
WITH p, j, r ORDER BY r.startedAt DESC LIMIT 1
RETURN p.startedAt.epochMillis AS startedAt,
  CASE WHEN r.rolledBackBy IS NULL AND NOT EXISTS {
    (j)-[:HAS_RUN]->(:EnrichmentRun {group: r.group, status: 'succeeded'})
  } THEN r.group END AS group
