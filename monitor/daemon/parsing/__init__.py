"""Bodies read in children that can be killed."""
