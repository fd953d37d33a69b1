// Purpose: says that a shard has written all, and counts its siblings that have not. Locking their
//   common job first makes sure that of two that end together one sees the other.
// Parameters: job, parent, run.
// Columns: atWork (siblings, of any number of shards, whose lease is alive).
MERGE (p:EnrichmentJob {id: $parent})
SET p.askedAt = datetime.realtime()
WITH p
MATCH (j:EnrichmentJob {id: $job})
SET j.closing = $run
WITH j, datetime.realtime() AS now
OPTIONAL MATCH (s:EnrichmentJob {parent: $parent})
WHERE s.id <> j.id AND s.leaseUntil > now AND coalesce(s.closing, '') <> s.leaseRun
RETURN count(s) AS atWork
