"""Bringing things in from files: world files, trees of Markdown, and the starter pack."""
