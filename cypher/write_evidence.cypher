// Purpose: publishes evidence: makes the edge or rewrites what it says.
// Parameters: columns of one length: keys, documents, images (ids as the graph has them), scores,
//   reasons, fingerprints, models (null: all by model), calibrations (null: none); source, run,
//   model. Columns are quicker to send and to take apart than rows of names and values.
// Columns: places, in keys and from 0, of the edges written (one row).
WITH datetime.realtime() AS now
UNWIND range(0, size($keys) - 1) AS n
MATCH (d:`Document`) WHERE d.`id` = $documents[n]
MATCH (i:`Image`) WHERE i.`id` = $images[n]
MERGE (d)-[r:`HAS_EVIDENCE` {key: $keys[n]}]->(i)
ON CREATE SET r.createdAt = now
SET r.score = $scores[n], r.confidence = $scores[n] / 10.0, r.reason = $reasons[n],
  r.fingerprint = $fingerprints[n], r.source = $source, r.model = coalesce($models[n], $model),
  r.runId = $run, r.calibration = $calibrations[n], r.updatedAt = now
RETURN collect(n) AS places
