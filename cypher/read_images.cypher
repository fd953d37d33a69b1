// Purpose: the images with these ids, and how an earlier run failed to read them.
// Parameters: ids.
// Columns: id, path, caption, version, hash (of its contents, as last known), failedVersion.
MATCH (i:`Image`)
WHERE i.`id` IN $ids
OPTIONAL MATCH (i)-[:COULD_NOT_READ]->(f:ReadFailure)
RETURN i.`id` AS id, i.`path` AS path, i.`caption` AS caption, i.`version` AS version, i.imageHash AS hash,
  f.imageVersion AS failedVersion
