"""Tests: a cast with a story, a real database, a real index, and always an outsider."""
