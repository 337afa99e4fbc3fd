"""The daemon over HTTP: health, metrics, what is stored as JSON and as it comes in, a page for a wall."""
