// Purpose: images as a reviewer of one document sees them.
// Parameters: document (its id as the graph has it), ids (the values the images' ids may have).
// Columns: id, path, caption, hash (of its bytes, or null), look (or
//   null), referenced (by the document), made (that
//   reference was made on our pages).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.`path` AS path, i.`caption` AS caption, i.imageHash AS hash, i.imageLook AS look,
  EXISTS { (:`Document` {`id`: $document})-[:`REFERENCES`]->(i) } AS referenced,
  EXISTS {
    MATCH (:`Document` {`id`: $document})-[r:`REFERENCES`]->(i) WHERE r.madeBy = 'kg-enrich'
  } AS made
