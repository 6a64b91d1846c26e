"""What the command lines in `tools/` are made of, and in `hooks` what makes runs survive faults."""
