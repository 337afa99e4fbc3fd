"""Who hears of it, when, and in which words; and when it is tried again."""
