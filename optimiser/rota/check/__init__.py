"""Judges a rota from its decisions alone: works out what follows from sessions, attendance and duty, and holds it against every rule.

Nothing here knows how the rota was found. The rules are those of the page of the model; each is a function whose name begins with the
rule's id and whose docstring is its sentence. A rule either always holds (it returns findings) or is the manager's to rule (it returns the
places where it is bent): a place where a must is bent is an unmet must, which is allowed so long as the answer states it. What the answer
says of itself is compared with what is worked out here: a place wrongly stated has the code of its rule.

Faults of the answer that belong to no rule have the code ``ANSWER``; a term that is wrongly stated has ``TERMS``, a level ``LEVELS``.

Begin with ``verdict``: it names everything else in its order. ``records`` has what is judged, ``answer`` reads it, ``findings`` has the
words of a verdict. Every rule is in a module of the name it has in the model: ``hours`` (S2, S3, R2), ``sessions`` (S4 to S7, N), ``people``
(S1, C, F, B, T), ``rooms`` (R1), ``duty`` (S8, D, K3), ``wishes`` (P, L, K1, K2, W). ``objective`` weighs the places where they are bent,
``stated`` holds what the answer says of itself against what is so.
"""

from optimiser.rota.check.verdict import HARD, SOFT, Checked, check, work_out

__all__ = ["HARD", "SOFT", "Checked", "check", "work_out"]
