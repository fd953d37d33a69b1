// Purpose: all that people ever said of these documents.
// Parameters: documents (ids as text); images (only what was said of these; null: of all).
// Columns: key, document, image, decision ('none': taken back), by, order (nanoseconds of the
//   epoch), at (ISO time), reasons, note, textHash, imageHash, settles, way, blind, batch.
MATCH (w:EvidenceReview)
WHERE w.document IN $documents AND ($images IS NULL OR w.image IN $images)
RETURN w.key AS key, w.document AS document, w.image AS image, w.decision AS decision, w.by AS by,
  w.at.epochSeconds * 1000000000 + w.at.nanosecond AS order, toString(w.at) AS at,
  w.reasons AS reasons, w.note AS note, w.textHash AS textHash, w.imageHash AS imageHash,
  w.settles AS settles, w.way AS way, w.blind AS blind, w.batch AS batch
