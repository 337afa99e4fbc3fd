"""From what a person writes to a tree, and what is to be said of it."""
