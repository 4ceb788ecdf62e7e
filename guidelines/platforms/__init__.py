"""Platforms: what we know of each, until when, and which one serves whom."""
