// Purpose: properties of documents by which somebody groups them.
// Parameters: ids, properties (names).
// Columns: id, values (in the order of the properties, null where there is none).
MATCH (d:`Document`)
WHERE d.`id` IN $ids
RETURN d.`id` AS id, [name IN $properties | d[name]] AS values
