// Purpose: the ids of the next runs, the newest first.
// Parameters: at (ISO time), id: of the run before them; group (null for all), limit.
// Columns: id.
MATCH (run:EnrichmentRun)
WHERE run.startedAt <= datetime($at) AND (run.startedAt < datetime($at) OR run.id < $id)
  AND ($group IS NULL OR run.group = $group)
RETURN run.id AS id
ORDER BY run.startedAt DESC, run.id DESC LIMIT $limit
