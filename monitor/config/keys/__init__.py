"""Which keys there are and what each says."""
