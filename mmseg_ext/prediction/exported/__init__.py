"""Predictions by models that were exported to ONNX, and the export with its check."""
