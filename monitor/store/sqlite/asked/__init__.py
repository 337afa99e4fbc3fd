"""What the faces ask. Nothing here writes."""
