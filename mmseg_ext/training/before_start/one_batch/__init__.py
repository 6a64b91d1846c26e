"""One batch and one image through the model, as if they had not been."""
