"""What we advise, and what failure taught us."""
