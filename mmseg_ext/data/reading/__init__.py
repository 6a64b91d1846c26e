"""From files to arrays: images, labels, colours, pairs, and the guard of a sample."""
