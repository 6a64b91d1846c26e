"""What the command lines in `tools/` are made of; importing it registers nothing."""
