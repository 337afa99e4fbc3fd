"""Text as rules see it: folded, cut into words, in a language."""
