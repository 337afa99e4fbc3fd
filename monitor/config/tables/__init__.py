"""Each table of it, as values."""
