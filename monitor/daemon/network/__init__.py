"""The world outside: checked, bounded, under one deadline. Here alone the HTTP library is known."""
