// Purpose: keeps what people said; a word is never changed, but for hashes that were not known.
//   What is kept together has one time.
// Parameters: rows of key and properties (at: null for now, or an ISO time).
// Columns: key, at (ISO time).
UNWIND $rows AS row
MERGE (w:EvidenceReview {key: row.key})
ON CREATE SET w += row.properties,
  w.at = CASE WHEN row.at IS NULL THEN datetime.statement() ELSE datetime(row.at) END
RETURN w.key AS key, toString(w.at) AS at
