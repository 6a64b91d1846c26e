"""Transforms of a pipeline: loading, augmentation, pasting."""
