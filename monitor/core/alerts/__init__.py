"""Does it ring? What a match does, what is waited for, what comes in bursts, stays away or is taken back."""
