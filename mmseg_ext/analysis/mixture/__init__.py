"""Pictures of the mixture that a trained model predicts."""
