// Purpose: the next documents, in order of their ids as text, that somebody once accepted an
//   image for.
// Parameters: after (the last id seen, '' at first), limit.
// Columns: id.
MATCH (w:EvidenceReview)
WHERE w.document > $after AND w.decision = 'accept'
RETURN DISTINCT w.document AS id ORDER BY id LIMIT $limit
