"""The service manager's rota: its data, the independent check, and the report."""
