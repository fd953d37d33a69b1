// Purpose: how many images there are, and how many have what judging needs.
// Parameters: none.
// Columns: nodes, keyed (with an id of a usable type), placed (with a path).
MATCH (i:`Image`)
RETURN count(*) AS nodes,
  count(CASE WHEN i.`id` IS NOT NULL AND i.`id` IS :: STRING | INTEGER THEN 1 END) AS keyed,
  count(i.`path`) AS placed
