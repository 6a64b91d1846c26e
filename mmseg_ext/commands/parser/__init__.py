"""What the commands share: the parser that joins them, arguments, exit codes, recipes by name."""
