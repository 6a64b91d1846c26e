"""How far predictions follow the surroundings of an object: what is counted, and its figures."""
