"""The service manager's rota as a constraint model: ``rota.md`` is its page, one module a chapter."""
