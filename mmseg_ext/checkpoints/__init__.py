"""The format of a checkpoint file, and reading one without trusting it."""
