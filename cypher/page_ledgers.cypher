// Purpose: the next ledgers in order of their keys.
// Parameters: after (the last key seen, '' at first), limit, source (null for all).
// Columns: key, document.
MATCH (l:EvidenceLedger)
WHERE l.key > $after AND ($source IS NULL OR l.source = $source)
RETURN l.key AS key, l.document AS document ORDER BY key LIMIT $limit
