// Purpose: remembers where a loaded folder lies.
// Parameters: name, place.
// Columns: none.
MERGE (o:LoadedFolder {name: $name})
SET o.place = $place
