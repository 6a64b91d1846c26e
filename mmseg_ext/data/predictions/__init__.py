"""Predictions of any model as files: paired with labels, read strictly, counted on all cores."""
