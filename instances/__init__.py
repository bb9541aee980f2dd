"""Data only: instances of the jobs, each with its sources. A package, so that an installed copy finds its example."""
