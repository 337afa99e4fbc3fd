"""The terminal face over the store."""
