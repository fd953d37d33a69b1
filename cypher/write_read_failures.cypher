// Purpose: names images that cannot be read, so that they are left alone until something changes.
// Parameters: run, rows of key, ids (the values the image's id may have), version, reason,
//   depends (what else ends the failure when it changes; '' for nothing).
// Columns: none.
UNWIND $rows AS row
MATCH (i:`Image`) WHERE i.`id` IN row.ids
MERGE (f:ReadFailure {key: row.key})
MERGE (i)-[:COULD_NOT_READ]->(f)
SET f.imageVersion = row.version, f.reason = row.reason, f.depends = row.depends,
  f.runId = $run, f.at = datetime.realtime()
