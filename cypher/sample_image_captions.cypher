// Purpose: how many of some images have a caption; bounded, whatever the graph's size.
// Parameters: limit (images looked at, at most).
// Columns: images, captioned.
MATCH (i:`Image`)
WITH i LIMIT $limit
RETURN count(i) AS images, sum(CASE WHEN i.`caption` <> '' THEN 1 ELSE 0 END) AS captioned
