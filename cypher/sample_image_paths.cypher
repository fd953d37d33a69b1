// Purpose: paths of images from all over the graph.
// Parameters: share (of the images that are looked at, in [0, 1]), limit.
// Columns: path (null where an image has none).
MATCH (i:`Image`)
WHERE rand() < $share
RETURN i.`path` AS path LIMIT $limit
