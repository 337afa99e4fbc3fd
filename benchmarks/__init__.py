"""One script a claim, each with named peers beside it, the sides interleaved in one run."""
