// Purpose: remembers that a source's queue says what the graph said at some moment.
// Parameters: source, at (milliseconds of the epoch), run (that wrote it).
// Columns: none.
MATCH (s:EvidenceSource {name: $source})
SET s.queuedAt = datetime({epochMillis: $at}), s.queuedBy = $run
