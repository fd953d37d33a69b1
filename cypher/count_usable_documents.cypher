// Purpose: how many documents there are, and how many have what judging needs.
// Parameters: none.
// Columns: nodes, keyed (with an id of a usable type), worded (with a text).
MATCH (d:`Document`)
RETURN count(*) AS nodes,
  count(CASE WHEN d.`id` IS NOT NULL AND d.`id` IS :: STRING | INTEGER THEN 1 END) AS keyed,
  count(d.`text`) AS worded
