// Purpose: the pairs of an audit in the order in which they are asked.
// Parameters: audit.
// Columns: key, draw, position, document, image, stratum, probability, ticket, score, logOdds,
//   fingerprint, textHash, imageHash.
MATCH (p:AuditedPair {audit: $audit})
RETURN p.key AS key, p.draw AS draw, p.position AS position, p.document AS document,
  p.image AS image, p.stratum AS stratum, p.probability AS probability, p.ticket AS ticket,
  p.score AS score, p.logOdds AS logOdds, p.fingerprint AS fingerprint, p.textHash AS textHash,
  p.imageHash AS imageHash
ORDER BY position
