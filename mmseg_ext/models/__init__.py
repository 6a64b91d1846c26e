"""A trained model of a config and a checkpoint, ready to predict."""
