"""What is kept of items: what bodies said of them, their stories, the index that finds them, how they left."""
