"""What people look at in files: the report of a graph, the card of a document."""
