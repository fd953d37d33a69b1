// Purpose: what a person calls some documents and images.
// Parameters: documents, images (ids).
// Columns: titles (pairs of id and title), paths (pairs of id and path); one row.
RETURN
  COLLECT { MATCH (d:`Document`) WHERE d.`id` IN $documents RETURN [d.`id`, d.`title`] } AS titles,
  COLLECT { MATCH (i:`Image`) WHERE i.`id` IN $images RETURN [i.`id`, i.`path`] } AS paths
