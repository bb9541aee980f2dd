"""The plan once more, as the book on Pyomo writes models: sets, parameters, variables, and a rule for each constraint.

Written from the page of the model (``models/plan/plan.md``) with its letters and ids; nothing of ``models.plan`` is used.
"""
