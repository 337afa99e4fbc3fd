"""What is due to receivers, and a sign of life to somebody outside."""
