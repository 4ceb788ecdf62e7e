"""The common ground: people, documents, sharing and the application itself."""
