// Purpose: images that full-text cannot find: without a caption, and never read for their text.
// Parameters: none.
// Columns: images.
MATCH (i:`Image`)
WHERE i.ocrVersion IS NULL AND coalesce(i.`caption`, '') = '' AND i.`id` IS NOT NULL
  AND NOT EXISTS { (i)-[:COULD_NOT_READ]->(:ReadFailure) }
RETURN count(i) AS images
