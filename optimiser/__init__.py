"""Everything that is not mathematics: what the data mean, how a solver is run, whether an answer is right, what is told."""

__version__ = "0.1.0"
