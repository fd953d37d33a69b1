// Purpose: loaded files some of whose documents or images were removed from the graph since.
// Parameters: folder.
// Columns: path.
MATCH (f:LoadedFile {folder: $folder})
WHERE any(id IN f.documents WHERE NOT EXISTS { MATCH (d:`Document`) WHERE d.`id` = id })
  OR any(id IN f.linked + [one IN [f.image] WHERE one IS NOT NULL]
    WHERE NOT EXISTS { MATCH (i:`Image`) WHERE i.`id` = id })
RETURN f.path AS path
