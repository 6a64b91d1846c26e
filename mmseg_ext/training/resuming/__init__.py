"""What lets a training stop, be killed, and go on: checkpoints found, locks, signals."""
