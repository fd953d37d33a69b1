// Purpose: how an audit's pairs were drawn, without the frames.
// Parameters: audit.
// Columns: number, size, scorer, pairs, cells, chances, at (ISO time).
MATCH (w:EvidenceDraw {audit: $audit})
RETURN w.number AS number, w.size AS size, w.scorer AS scorer, w.pairs AS pairs, w.cells AS cells,
  w.chances AS chances, toString(w.at) AS at
ORDER BY number
