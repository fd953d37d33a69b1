// Purpose: the documents with these ids that a scope covers.
// Parameters: ids; labels (all of them must be there); conditions (rows of property, operator
//   '=', '>' or '<', values, one of which must hold; all of the rows must hold).
// Columns: id, title, text, version.
MATCH (d:`Document`)
WHERE d.`id` IN $ids
  AND all(label IN $labels WHERE label IN labels(d))
  AND all(c IN $conditions WHERE any(value IN c.values WHERE CASE c.operator
    WHEN '=' THEN d[c.property] = value
    WHEN '>' THEN d[c.property] > value
    ELSE d[c.property] < value
  END))
RETURN d.`id` AS id, d.`title` AS title, d.`text` AS text, d.`version` AS version
