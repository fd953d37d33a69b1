// Purpose: the next documents with scores that lack a reason of this version. A reason that the
//   scorer itself gave is one of every version.
// Parameters: after (the last key seen, '' at first), limit, source, version, documents (ids as
//   text; null is all).
// Columns: key (of the ledger), document.
MATCH (l:EvidenceLedger)
WHERE l.key > $after AND l.source = $source
  AND ($documents IS NULL OR l.document IN $documents)
WITH l, coalesce(l.reasonVersions, []) AS versions
WHERE any(k IN range(0, size(l.images) - 1) WHERE NOT isNaN(l.scores[k])
  AND coalesce(versions[k], 0) <> $version AND (coalesce(versions[k], 0) <> 0 OR l.reasons[k] = ''))
RETURN l.key AS key, l.document AS document ORDER BY key LIMIT $limit
