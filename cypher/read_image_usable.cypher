// Purpose: whether any image can be judged at all, and what properties images have.
// Parameters: none.
// Columns: any (there is one), keyed (one has an id of a usable type), placed (one has a path),
//   names (of properties of a few images).
RETURN
  EXISTS { MATCH (i:`Image`) } AS any,
  EXISTS { MATCH (i:`Image`) WHERE i.`id` IS NOT NULL AND i.`id` IS :: STRING | INTEGER } AS keyed,
  EXISTS { MATCH (i:`Image`) WHERE i.`path` IS NOT NULL } AS placed,
  COLLECT {
    MATCH (i:`Image`) WITH i LIMIT 100 UNWIND keys(i) AS name
    RETURN DISTINCT name ORDER BY name LIMIT 20
  } AS names
