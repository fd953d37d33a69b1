// What `kg-enrich load` remembers of the folders of Markdown that it loaded.

CREATE CONSTRAINT kg_enrich_loaded_folder_name IF NOT EXISTS
FOR (n:LoadedFolder) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT kg_enrich_loaded_file_key IF NOT EXISTS
FOR (n:LoadedFile) REQUIRE n.key IS UNIQUE;
CREATE INDEX kg_enrich_loaded_file_folder IF NOT EXISTS
FOR (n:LoadedFile) ON (n.folder);
