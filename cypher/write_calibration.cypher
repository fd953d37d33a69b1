// Purpose: keeps a calibration that may be applied; one that is there stays as it is.
// Parameters: key, properties (source, version, slope, intercept, fingerprint, audit, answers,
//   brierBefore, brierAfter, logLossBefore, logLossAfter).
// Columns: none.
MERGE (c:EvidenceCalibration {key: $key})
ON CREATE SET c += $properties, c.at = datetime.realtime()
