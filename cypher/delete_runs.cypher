// Purpose: removes records that nothing hangs on any more, but for the newest of each job.
// Parameters: runs.
// Columns: removed (how many).
MATCH (j:EnrichmentJob)-[:HAS_RUN]->(run:EnrichmentRun)
WHERE run.id IN $runs AND NOT EXISTS { (run)-[:CHANGED|HAS_NOTICE]->() }
WITH run, EXISTS { MATCH (j)-[:HAS_RUN]->(other) WHERE other.startedAt > run.startedAt } AS old
WITH run WHERE old
DETACH DELETE run
RETURN count(*) AS removed
