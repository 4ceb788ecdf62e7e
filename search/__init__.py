"""Finding the right paragraph, and only what the reader may read."""
