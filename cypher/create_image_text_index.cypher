// Purpose: full-text search over captions and the text read from images, in any language.
// Parameters: name (of the index).
// Columns: none.
CREATE FULLTEXT INDEX $name IF NOT EXISTS FOR (i:`Image`) ON EACH [i.`caption`, i.`ocrText`]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}
