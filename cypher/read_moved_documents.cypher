// Purpose: documents whose sections may be called otherwise by now.
// Parameters: ids.
// Columns: id, title, text.
MATCH (d:`Document`)
WHERE d.`id` IN $ids
RETURN d.`id` AS id, d.`title` AS title, d.`text` AS text
