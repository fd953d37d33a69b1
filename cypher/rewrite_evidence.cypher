// Purpose: rewrites what evidence says that is there, found by its key alone.
// Parameters: columns of one length: keys, scores, reasons, fingerprints; run; models, calibrations,
//   model as of write_evidence.
// Columns: origins (one row): what the edges that were still there had, for the undo: lists of
//   model, runId, createdAt, updatedAt (text), of the edges that had these in common their places in
//   keys, from 0, and their confidences ('' where there was none). Values that thousands of edges
//   share are sent once.
WITH datetime.realtime() AS now
UNWIND range(0, size($keys) - 1) AS n
MATCH ()-[r:`HAS_EVIDENCE` {key: $keys[n]}]->()
WITH now, n, r, coalesce(r.confidence, '') AS confidence, r.model AS model, r.runId AS runId,
  r.createdAt AS createdAt, r.updatedAt AS updatedAt
SET r.score = $scores[n], r.confidence = $scores[n] / 10.0, r.reason = $reasons[n],
  r.fingerprint = $fingerprints[n], r.model = coalesce($models[n], $model), r.runId = $run,
  r.calibration = $calibrations[n], r.updatedAt = now
WITH model, runId, createdAt, updatedAt, collect(n) AS places, collect(confidence) AS confidences
RETURN collect([model, runId, toString(createdAt), toString(updatedAt), places, confidences])
  AS origins
