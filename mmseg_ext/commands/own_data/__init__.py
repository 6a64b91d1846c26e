"""From a folder of images and labels to a config: what `init` does."""
