"""Image files and image nodes: decoding, reading the text in them, what could not be read."""
