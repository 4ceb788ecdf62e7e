"""Who may do what: the rules, the guard at the door, grants and the log."""
