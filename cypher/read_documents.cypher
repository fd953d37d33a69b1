// Purpose: the documents with these ids that a scope covers.
// Parameters: ids; labels (all of them must be there); nodes (element ids of those whose
//   properties are as the scope asks; null: all are).
// Columns: id, title, text, version.
MATCH (d:`Document`)
WHERE d.`id` IN $ids
  AND all(label IN $labels WHERE label IN labels(d))
  AND ($nodes IS NULL OR elementId(d) IN $nodes)
RETURN d.`id` AS id, d.`title` AS title, d.`text` AS text, d.`version` AS version
