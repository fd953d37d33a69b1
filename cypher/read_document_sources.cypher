// Purpose: the sources that have a ledger or evidence for a document, and whether they can say
//   anything of one image.
// Parameters: document (its id as the graph has it), image (its id as text), rows of source, key
//   (of the document's ledger).
// Columns: source, scored (whether the ledger holds a score for the image).
MATCH (d:`Document`) WHERE d.`id` = $document
UNWIND $rows AS row
OPTIONAL MATCH (l:EvidenceLedger {key: row.key})
WITH row, l, d
WHERE l IS NOT NULL OR EXISTS { (d)-[:`HAS_EVIDENCE` {source: row.source}]->() }
RETURN row.source AS source,
  any(n IN range(0, coalesce(size(l.images), 0) - 1)
    WHERE l.images[n] = $image AND NOT isNaN(l.scores[n])) AS scored
