// Purpose: images whose id is neither a string nor an integer, which nothing can refer to.
// Parameters: none.
// Columns: type, many, node (element id of one of them).
MATCH (i:`Image`)
WHERE i.`id` IS NULL OR NOT i.`id` IS :: STRING | INTEGER
RETURN valueType(i.`id`) AS type, count(*) AS many, min(elementId(i)) AS node
ORDER BY type
