// Purpose: how many images there are, for the progress bar.
// Parameters: none.
// Columns: images.
MATCH (i:`Image`)
RETURN count(i) AS images
