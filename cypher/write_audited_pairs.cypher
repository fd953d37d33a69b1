// Purpose: keeps the pairs that were drawn.
// Parameters: rows of key and properties (audit, draw, position, document, image, stratum,
//   probability, ticket, score, logOdds, fingerprint, textHash, imageHash).
// Columns: none.
UNWIND $rows AS row
MERGE (p:AuditedPair {key: row.key})
ON CREATE SET p += row.properties
