"""What somebody reads before they start: a card for one task, and a pack for a newcomer to a post."""
