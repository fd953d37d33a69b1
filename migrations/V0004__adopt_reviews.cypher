// Keeps the words that were edges only. The hashes of what people saw are filled in when known.

MATCH (d:`Document`)-[v:REVIEWED]->(i:`Image`)
WHERE v.key IS NULL AND v.decision IN ['accept', 'reject']
SET v.key = randomUUID(), 
  v.at = CASE WHEN valueType(v.at) STARTS WITH 'ZONED DATETIME' THEN v.at
    ELSE datetime.realtime() END,
  v.by = coalesce(v.by, ''), v.reasons = coalesce(v.reasons, []), v.note = coalesce(v.note, ''),
  v.stale = false
CREATE (:EvidenceReview {key: v.key, document: toString(d.`id`), image: toString(i.`id`),
  decision: v.decision, by: v.by, at: v.at, reasons: v.reasons, note: v.note, settles: [],
  way: 'adopted', blind: false, batch: ''});
