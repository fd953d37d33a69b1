// Purpose: whether any document can be judged at all, and what properties documents have.
// Parameters: none.
// Columns: keyed (one has an id of a usable type), worded (one has a text), names (of properties
//   of a few documents).
RETURN
  EXISTS { MATCH (d:`Document`) WHERE d.`id` IS NOT NULL AND d.`id` IS :: STRING | INTEGER } AS keyed,
  EXISTS { MATCH (d:`Document`) WHERE d.`text` IS NOT NULL } AS worded,
  COLLECT {
    MATCH (d:`Document`) WITH d LIMIT 100 UNWIND keys(d) AS name
    RETURN DISTINCT name ORDER BY name LIMIT 20
  } AS names
