"""When was it published? Dates as written, held against clocks, zones and the order of a body."""
