"""Newsbell: a live news-feed monitor. Start reading at `monitor.model`."""

__version__ = "0.1.0"
