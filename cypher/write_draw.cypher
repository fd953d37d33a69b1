// Purpose: keeps how an audit's pairs were drawn, and of what.
// Parameters: key, properties (audit, number, size, scorer, pairs, cells, chances, frame).
// Columns: none.
MERGE (w:EvidenceDraw {key: $key})
ON CREATE SET w += $properties, w.at = datetime.realtime()
