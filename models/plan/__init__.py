"""The commissioner's plan as a mixed-integer model: ``plan.md`` is its page, one module a chapter."""

from models.plan.search import solve

__all__ = ["solve"]
