"""Makes data sets where reading the published files is not enough."""
