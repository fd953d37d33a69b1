// Purpose: the images that a source holds back because too many documents would get them.
// Parameters: source.
// Columns: image, documents.
MATCH (h:EvidenceHold {source: $source})
RETURN h.image AS image, h.documents AS documents
