"""Whether trees hold for a document, which of many may, and where the words stand that make them."""
