"""How a source is read: politely, whole, and what went by unseen made up for."""
