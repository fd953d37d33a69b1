// Purpose: the folders of Markdown that were loaded, and where they lay.
// Parameters: none.
// Columns: name, place.
MATCH (o:LoadedFolder)
RETURN o.name AS name, o.place AS place
