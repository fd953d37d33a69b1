// Purpose: rewrites what evidence says that is there, found by its key alone.
// Parameters: columns of one length: keys, scores, reasons, fingerprints, models, calibrations
//   (null: none); run.
// Columns: keys, of the edges that were still there (one row).
UNWIND range(0, size($keys) - 1) AS n
MATCH ()-[r:`HAS_EVIDENCE` {key: $keys[n]}]->()
SET r.score = $scores[n], r.confidence = $scores[n] / 10.0, r.reason = $reasons[n],
  r.fingerprint = $fingerprints[n], r.model = $models[n], r.runId = $run,
  r.calibration = $calibrations[n], r.updatedAt = datetime.realtime()
RETURN collect(r.key) AS keys
