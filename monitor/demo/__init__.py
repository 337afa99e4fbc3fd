"""The newsroom in a box."""
