"""What the live dashboard costs, beside a `rich.Live` that shows the same store and beside an empty Textual app."""
