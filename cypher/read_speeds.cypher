// Purpose: how fast a scorer was in its last runs that did enough to tell.
// Parameters: scorer (fingerprint).
// Columns: speed (pairs a second).
MATCH (run:EnrichmentRun {fingerprint: $scorer})
WHERE run.finishedAt IS NOT NULL AND run.scored + run.abstained >= 20
WITH run, duration.inSeconds(run.startedAt, run.finishedAt).milliseconds / 1000.0 AS seconds
WHERE seconds > 0
RETURN (run.scored + run.abstained) / seconds AS speed
ORDER BY run.startedAt DESC
LIMIT 5
