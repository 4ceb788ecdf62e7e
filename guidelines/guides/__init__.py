"""Guidelines: what to do, who keeps it, and since when it holds."""
