"""What people ask of the store, answered as values and as the JSON of commands and of the local API."""
