"""A comparison as text, CSV, page and figure."""
