// Purpose: properties of the documents with these ids, which conditions of a scope are about.
// Parameters: ids; labels (all of them must be there); properties (names).
// Columns: node (element id), values (in the order of the properties, null where there is none).
MATCH (d:`Document`)
WHERE d.`id` IN $ids AND all(label IN $labels WHERE label IN labels(d))
RETURN elementId(d) AS node, [name IN $properties | d[name]] AS values
