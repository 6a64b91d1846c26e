"""Boundary tasks: edges, semantic contours and distance transforms beside the segmentation."""
