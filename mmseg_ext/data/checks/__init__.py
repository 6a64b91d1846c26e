"""Reads every file of a data set and tells what is wrong."""
