"""What every kind of document has in common: text, history, sharing, links and files."""
