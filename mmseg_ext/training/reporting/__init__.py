"""Scores and reports of a run: the metric, what a report needs to know, what is painted."""
