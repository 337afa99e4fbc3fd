"""A running daemon's database, asked from another process: by its file, or through its socket."""
