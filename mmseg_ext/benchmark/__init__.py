"""Measurements behind `tools/benchmark.py`: paired timings, synthetic batches, peak memory."""
