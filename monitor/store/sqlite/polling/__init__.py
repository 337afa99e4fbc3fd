"""Whose turn it is, what is known before a body is decided, and what a poll changed."""
