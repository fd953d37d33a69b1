// Purpose: remembers what was loaded from files.
// Parameters: folder; rows of key, path, version, documents, leftover, image, linking,
//   linked, missing, scheme (of its documents' ids).
// Columns: none.
UNWIND $rows AS row
MERGE (f:LoadedFile {key: row.key})
SET f.folder = $folder, f.path = row.path, f.version = row.version,
  f.documents = row.documents, f.leftover = row.leftover, f.image = row.image,
  f.linking = row.linking, f.linked = row.linked, f.missing = row.missing,
  f.scheme = row.scheme
