"""What is remembered: the protocol, its engines, their migrations."""
