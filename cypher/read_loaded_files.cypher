// Purpose: what is remembered of every file that was loaded from a folder.
// Parameters: folder.
// Columns: path, version, documents, leftover, image, linking, linked, missing, scheme.
MATCH (f:LoadedFile {folder: $folder})
RETURN f.path AS path, f.version AS version, f.documents AS documents, f.leftover AS leftover,
  f.image AS image, f.linking AS linking, f.linked AS linked, f.missing AS missing,
  coalesce(f.scheme, 1) AS scheme
