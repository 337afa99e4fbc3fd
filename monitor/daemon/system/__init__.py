"""The process among others: its lock, its signals, systemd, the log, the care of its database."""
