"""Runs a training or a test: runner, hooks, resume, recovery, launch, lock."""
