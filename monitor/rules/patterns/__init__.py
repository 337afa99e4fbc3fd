"""What a term looks for in a text, and a query in a date."""
