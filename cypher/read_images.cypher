// Purpose: the images with these ids, and how an earlier run failed to read them.
// Parameters: ids.
// Columns: id, path, caption, version, hash (of its contents, as last known), failures
//   (maps of version, depends, reason), textVersion (of the text on it, or null).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.`path` AS path, i.`caption` AS caption, i.`version` AS version,
  i.imageHash AS hash,
  [(i)-[:COULD_NOT_READ]->(f:ReadFailure) |
    {version: f.imageVersion, depends: f.depends, reason: f.reason}] AS failures,
  i.ocrVersion AS textVersion
