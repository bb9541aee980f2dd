"""The mathematics: what is decided, under which rules, for what. Nothing here reads a file or prints a line."""
