"""The pictures of a report: which images, drawn, and kept for comparisons."""
