"""Commands that take weights out of a checkpoint, or a whole model."""
