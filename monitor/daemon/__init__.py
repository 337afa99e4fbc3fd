"""What runs the line: transport, fetch, parse, poll, dispatch, schedule, service."""
