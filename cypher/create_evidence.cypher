// Purpose: publishes evidence that is not there yet. It fails where an edge of the same key is.
// Parameters: as of write_evidence, of which it is the quicker half: nothing is looked for.
// Columns: places, in keys and from 0, of the edges created (one row).
WITH datetime.realtime() AS now
UNWIND range(0, size($keys) - 1) AS n
MATCH (d:`Document`) WHERE d.`id` = $documents[n]
MATCH (i:`Image`) WHERE i.`id` = $images[n]
CREATE (d)-[:`HAS_EVIDENCE` {key: $keys[n], score: $scores[n], confidence: $scores[n] / 10.0,
  reason: $reasons[n], fingerprint: $fingerprints[n], source: $source,
  model: coalesce($models[n], $model), runId: $run, calibration: $calibrations[n],
  createdAt: now, updatedAt: now}]->(i)
RETURN collect(n) AS places
