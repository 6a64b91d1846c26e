"""How a model's classes depend on each other, on their context, and share its channels."""
