"""Trained models as ONNX files: the graph, what the file tells of itself, and running it."""
