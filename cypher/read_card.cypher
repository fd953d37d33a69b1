// Purpose: a document's best images, over all sources.
// Parameters: ids (the values that the document's id may have), limit.
// Columns: document, title, images (maps of image, path, caption, score, reason, source, best
//   first; an image once).
MATCH (d:`Document`)
WHERE d.`id` IN $ids
RETURN d.`id` AS document, d.`title` AS title,
  COLLECT {
    MATCH (d)-[r:`HAS_EVIDENCE`]->(i:`Image`)
    WITH i, r ORDER BY r.score DESC, r.key
    WITH i, head(collect(r)) AS r
    RETURN {image: i.`id`, path: i.`path`, caption: i.`caption`, score: r.score, reason: r.reason,
      source: r.source}
    ORDER BY r.score DESC, r.key LIMIT $limit
  } AS images
