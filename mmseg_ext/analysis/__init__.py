"""What needs a trained model and a data set: bias, what dropping leaves, the mixture, panels."""
