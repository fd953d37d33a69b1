// Purpose: the next documents that something was said of under a token, in order.
// Parameters: batch, after (the last document seen, '' at first), limit.
// Columns: document.
MATCH (w:EvidenceReview)
WHERE w.batch = $batch AND w.document > $after
RETURN DISTINCT w.document AS document ORDER BY document LIMIT $limit
