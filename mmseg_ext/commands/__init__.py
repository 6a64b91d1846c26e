"""One file for each command: arguments in, one call, words out."""
