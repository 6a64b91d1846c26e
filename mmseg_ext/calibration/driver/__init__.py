"""Calibrates a checkpoint of mmseg: data set and model in, checkpoint out."""
