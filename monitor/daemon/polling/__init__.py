"""What comes in, polled or pushed, goes through the line and is committed."""
