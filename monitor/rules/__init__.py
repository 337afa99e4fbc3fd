"""The query language: what a rule says, and whether a text is it."""
