// Purpose: takes a job's lease when it is free or its holder has been silent too long.
//   Setting askedAt first takes the node's lock, and only then is the server's clock read.
// Parameters: job, name, run, ttl (milliseconds).
// Columns: fence, formerRun (whoever held it last), formerUntil (when that lease ended), startedAt
//   (of the job's first run, epoch in milliseconds); no row when another run holds it.
MERGE (j:EnrichmentJob {id: $job})
SET j.askedAt = datetime.realtime()
WITH j, datetime.realtime() AS now, j.leaseRun AS formerRun, j.leaseUntil AS formerUntil
WHERE j.leaseUntil IS NULL OR j.leaseUntil <= now
SET j.fence = coalesce(j.fence, 0) + 1, j.leaseRun = $run, j.name = $name,
  j.leaseUntil = now + duration({milliseconds: $ttl}), j.startedAt = coalesce(j.startedAt, now)
RETURN j.fence AS fence, formerRun, formerUntil, j.startedAt.epochMillis AS startedAt
