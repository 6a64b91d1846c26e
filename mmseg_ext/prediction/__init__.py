"""What a trained model makes of images and videos of one's own, in Python and in files."""
