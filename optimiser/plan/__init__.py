"""The commissioner's plan: its data, its independent check and its report."""
