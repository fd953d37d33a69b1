// Purpose: a source's calibrations, the newest first.
// Parameters: source.
// Columns: version, slope, intercept, fingerprint (of the scorer), at (ISO time).
MATCH (c:EvidenceCalibration {source: $source})
RETURN c.version AS version, c.slope AS slope, c.intercept AS intercept,
  c.fingerprint AS fingerprint, toString(c.at) AS at
ORDER BY c.at DESC, version
