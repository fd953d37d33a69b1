// Purpose: what somebody said last, the latest first.
// Parameters: by, since (hours), limit.
// Columns: key, document, image, decision ('none': taken back), at (seconds of the epoch), way,
//   batch.
MATCH (w:EvidenceReview)
WHERE w.by = $by AND w.at > datetime.realtime() - duration({hours: $since})
WITH w ORDER BY w.at DESC, w.key LIMIT $limit
RETURN w.key AS key, w.document AS document, w.image AS image, w.decision AS decision,
  w.at.epochMillis / 1000.0 AS at, w.way AS way, w.batch AS batch
ORDER BY at DESC, key
