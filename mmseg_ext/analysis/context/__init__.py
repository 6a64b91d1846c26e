"""How far a model follows the surroundings of an object, and what a data set has of context."""
