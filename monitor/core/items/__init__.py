"""Same item, or another? What an entry is known by, which item it is, and what it makes of it."""
