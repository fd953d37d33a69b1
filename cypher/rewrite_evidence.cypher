// Purpose: rewrites what evidence says that is there, found by its key alone.
// Parameters: columns of one length: keys, scores, reasons, fingerprints, models, calibrations
//   (null: none); run.
// Columns: keys, of the edges that were still there, and what they had for the undo: confidences,
//   models, runIds ('' where there was none), createdAt, updatedAt (text); lists of one length,
//   one row.
WITH datetime.realtime() AS now
UNWIND range(0, size($keys) - 1) AS n
MATCH ()-[r:`HAS_EVIDENCE` {key: $keys[n]}]->()
WITH now, n, r, coalesce(r.confidence, '') AS confidence, coalesce(r.model, '') AS model,
  coalesce(r.runId, '') AS runId, coalesce(toString(r.createdAt), '') AS createdAt,
  coalesce(toString(r.updatedAt), '') AS updatedAt
SET r.score = $scores[n], r.confidence = $scores[n] / 10.0, r.reason = $reasons[n],
  r.fingerprint = $fingerprints[n], r.model = $models[n], r.runId = $run,
  r.calibration = $calibrations[n], r.updatedAt = now
RETURN collect($keys[n]) AS keys, collect(confidence) AS confidences, collect(model) AS models,
  collect(runId) AS runIds, collect(createdAt) AS createdAt, collect(updatedAt) AS updatedAt
