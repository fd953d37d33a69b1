// Purpose: what a search in texts found, with its evidence images; what matches the question in
//   its text and in an image comes first. It goes on from a search of neo4j-graphrag.
// Continues: node (a chunk or a document), score (how well its text matches).
// Parameters: terms (words of the question, each a list of its spellings, in lower case), lift
//   (added to the score where the best image is certain evidence and holds every word; else in
//   proportion).
// Columns: score, textScore, text, document, title, images (maps of id, path, caption,
//   confidence, reason, source, reviewed, match; the best first, five at most), chunk.
WITH node AS c, score AS textScore
WITH c, textScore, CASE WHEN c:`Document` THEN c ELSE head(COLLECT {
  MATCH (c)-[:`FROM_DOCUMENT`]-(d:`Document`)
  RETURN d ORDER BY toString(d.`id`)
}) END AS d
WITH c, textScore, d, COLLECT {
  MATCH (d)-[r:`HAS_EVIDENCE`]->(i:`Image`)
  WITH i, r ORDER BY r.confidence DESC, r.source
  WITH i, collect(r)[0] AS r,
    toLower(coalesce(i.`caption`, '') + ' ' + coalesce(i.ocrText, '')) AS written
  WITH i, r, CASE WHEN size($terms) = 0 THEN 0.0 ELSE
    toFloat(size([term IN $terms WHERE any(one IN term WHERE written CONTAINS one)]))
      / size($terms) END AS match
  ORDER BY match * r.confidence DESC, r.confidence DESC, toString(i.`id`)
  LIMIT 5
  RETURN {id: i.`id`, path: i.`path`, caption: i.`caption`, confidence: r.confidence,
    reason: r.reason, source: r.source, match: match,
    reviewed: EXISTS { MATCH (d)-[v:REVIEWED]->(i)
      WHERE v.decision = 'accept' AND NOT coalesce(v.stale, false) }}
} AS images
RETURN textScore + $lift * coalesce(images[0].match * images[0].confidence, 0.0) AS score,
  textScore, CASE WHEN c:`Document` THEN d.`text` ELSE c.`text` END AS text,
  d.`id` AS document, d.`title` AS title, images, elementId(c) AS chunk
ORDER BY score DESC, chunk
