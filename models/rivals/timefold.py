"""The rota put to Timefold: local search from the rota by hand's rules. What it is told of the rules is in ``docs/rivals.md``."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from models.rivals.standing import Standing
from models.rota.build import build
from models.rota.duty import on_call
from models.rota.facts import bits
from models.rota.first import first_rota
from models.rota.model import decisions, hint
from models.rota.sessions import credited, least, most
from optimiser.bench.record import Skipped
from optimiser.collector import collector_paused
from optimiser.rota.data import LEVELS
from optimiser.rota.week import HALF_HOUR

if TYPE_CHECKING:
    from models.rota.model import Model, Session
    from optimiser.result import Limits, Outcome
    from optimiser.rota.data import RotaAnswer, RotaInput, RuleId


def timefold(data: RotaInput, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
    """Timefold's Python solver as it comes out of the box, for the time allowed. It proves nothing."""
    if find_spec("timefold") is None:
        raise Skipped("Timefold is not installed: pip install timefold (Python 3.10 to 3.12).")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise Skipped("Timefold needs a Java development kit (17 or later), and there is none.")
    with collector_paused():
        standing = Standing(data, limits)
        standing.take(first_rota(standing.facts))
        model = build(standing.facts)
        picks = _Picks(standing, model).all()
    standing.solving()
    for level in LEVELS:
        standing.learn(level, 0)
    if standing.left:
        chosen = _searched(standing, picks)
        values = np.zeros(len(model.program.most), dtype=np.int64)
        values[[column for column in chosen if column >= 0]] = 1
        standing.take(decisions(model, values))
        for level in LEVELS:
            standing.learn(level, 0)
    standing.size = {"columns": sum(len(pick.options) for pick in picks), "rows": len(picks)}
    return standing.end()


def _searched(standing: Standing, picks: list[Any]) -> list[int]:
    """Columns of the best options found; those of the rota by hand's rules where nothing that obeys was found."""
    from timefold.solver import SolverFactory
    from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig

    from models.rivals import timefold_words as words

    first = [pick.option.column for pick in picks if pick.option is not None]
    solver = SolverFactory.create(
        SolverConfig(
            solution_class=words.Week, entity_class_list=[words.Pick], random_seed=standing.limits.seed,
            score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=words.rules),
            termination_config=TerminationConfig(spent_limit=Duration(milliseconds=max(1, round(1000 * standing.left)))),
        )
    ).build_solver()  # fmt: skip

    def heard(event: Any) -> None:
        score = event.new_best_score
        if score.hard_scores[0] == 0:
            for level, points in zip(LEVELS, score.soft_scores, strict=True):
                standing.tell(level, -points, None)

    solver.add_event_listener(heard)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):  # the solver's own limit does not count the time in which the problem is handed over
            if not standing.left:
                solver.terminate_early()

    threading.Thread(target=watch, name="watch", daemon=True).start()
    try:
        found = solver.solve(words.Week(picks))
    finally:
        over.set()
    return [pick.option.column for pick in found.picks if pick.option is not None] if found.score.hard_scores[0] == 0 else first


@dataclass
class _Picks:
    """What is to be decided, taken from the columns of our program: its costs, and who is taken up by what and when."""

    standing: Standing
    model: Model
    made: list[Any] = field(default_factory=list)
    known_words: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from models.rivals import timefold_words

        assert self.standing.best is not None
        self.words = timefold_words
        self.facts = self.model.facts
        self.costs = np.array([*self.model.costs().values()]).T
        self.known = hint(self.model, self.standing.best.decisions)

    def all(self) -> list[Any]:
        for n, unmet in self.model.unmet.items():
            self.add(self.costs[unmet].tolist(), [*self.alone(n), *self.seats(n)])
        for session in self.model.groups.values():
            self.add([0] * len(LEVELS), self.leaders(session))
        for h in range(len(self.facts.turns)):
            known = [column for (_, at), column in self.model.duty.items() if at == h and self.known[column]]
            for k in range(self.facts.number("D1") or 0):
                self.add(self.points("D1"), self.on_duty(h), known[k : k + 1])
        for person, _, length, starts in self.facts.lunches:
            self.add(self.points("B1"), [self.option([], self.busy(person, slot, length)) for slot in bits(starts)])
        return self.made

    def add(self, without: list[int], options: list[Any], known: list[int] | None = None) -> None:
        now = [o for o in options if o.column >= 0 and (self.known[o.column] if known is None else o.column in known)]
        self.made.append(self.words.Pick(len(self.made), without, options, now[0] if now else None))

    def option(self, columns: list[int], uses: list[Any], loads: list[Any] | None = None, sights: list[Any] | None = None) -> Any:
        """Way to settle a pick; the first column is the one it stands for."""
        costs = self.costs[columns].sum(axis=0).tolist() if columns else [0] * len(LEVELS)
        return self.words.Option(columns[0] if columns else -1, costs, uses, loads or [], sights or [])

    # --- options ---

    def alone(self, n: int) -> list[Any]:
        session = self.model.individual.get(n)
        return [] if session is None else self.given(session, {self.facts.needs[n].staff})

    def leaders(self, session: Session) -> list[Any]:
        return self.given(session, set())

    def given(self, session: Session, people: set[str]) -> list[Any]:
        found = []
        for start in session.starts:
            uses = [use for person in sorted({*people, start.giver} - {""}) for use in self.busy(person, start.slot, session.length)]
            if start.site:
                rooms = sum(room.site == start.site for room in self.facts.data.rooms)
                uses += [self.word("Use", f"rooms {start.site} {start.slot + k}", 1, rooms) for k in range(session.length)]
            if session.group is not None:
                place = f"{session.name} {start.slot} {start.site}"
                uses += [self.word("Use", f"most {place}", -most(self.facts, session.group), 0)]
                uses += [self.word("Use", f"least {place}", least(self.facts, session.group), 0)]
            supervised = self.facts.given(session.kind)
            loads = self.hours(start.giver, session.minutes) if supervised else []
            sights = self.sees(start.giver, people) + self.day(start.giver, start.slot) if supervised else []
            found.append(self.option([start.column, session.by[start.giver]], uses, loads, sights))
        return found

    def seats(self, n: int) -> list[Any]:
        found = []
        for session in self.model.groups.values():
            group = session.group
            assert group is not None
            largest = most(self.facts, group)
            small = {k: credited(self.facts, group, self.facts.needs[k].minutes) for k in session.member}
            for seat in (seat for seat in session.seats if seat.need == n):
                place, person = f"{session.name} {seat.slot} {seat.site}", self.facts.needs[n].staff
                uses = self.busy(person, seat.slot, session.length)
                uses += [self.word("Use", f"most {place}", 1, 0), self.word("Use", f"least {place}", -1, 0)]
                uses += [
                    self.word("Use", f"credit {session.name} {k}", 1 + (largest - people if k == n else 0), largest)
                    for k, people in small.items()
                    if people < largest
                ]
                seen = self.sees(next(iter(session.by)), {person}) if len(session.by) == 1 and self.facts.given(session.kind) else []
                found.append(self.option([seat.column, session.member[n]], uses, [], seen))
        return found

    def on_duty(self, h: int) -> list[Any]:
        turn, found = self.facts.turns[h], []
        start, length = self.facts.slot(turn.date, turn.span.start), self.facts.length(turn.span.end - turn.span.start)
        for person in on_call(self.facts, h):
            load = self.load("D2", person, 1, self.facts.fair_turns.get(person), 1, 1)
            found.append(self.option([self.model.duty[person, h]], self.busy(person, start, length), load))
        return found

    # --- what they take up ---

    def word(self, name: str, *values: Any) -> Any:
        """One and the same object for the same values: handing them over is what takes the time."""
        key = (name, *values)
        if key not in self.known_words:
            self.known_words[key] = getattr(self.words, name)(*values)
        return self.known_words[key]

    def busy(self, person: str, slot: int, length: int) -> list[Any]:
        return [self.word("Use", f"time {person} {slot + k}", 1, 1) for k in range(length)]

    def points(self, rule: RuleId) -> list[int]:
        row = self.facts.rule(rule)
        return [row.weight if row.on and row.priority == level else 0 for level in LEVELS]

    def load(self, rule: RuleId, who: str, amount: int, limit: float | None, step: int, rises: int) -> list[Any]:
        row = self.facts.rule(rule)
        if not row.on or limit is None:
            return []
        kind = self.word("Sum", f"{rule} {who}", int(limit), step, rises, row.weight)
        return [self.word("Load", kind, amount, LEVELS.index(row.priority))]

    def hours(self, supervisor: str, minutes: int) -> list[Any]:
        own = self.facts.person[supervisor].most_hours
        hours = own if own is not None else self.facts.number("C3")
        return [
            *self.load("C3", supervisor, minutes, None if hours is None else 60 * hours, HALF_HOUR, 0),
            *self.load("F1", supervisor, minutes, self.facts.fair.get(supervisor), HALF_HOUR, 1),
        ]

    def sight(self, rule: RuleId, who: str, item: str, limit: int | None) -> list[Any]:
        row = self.facts.rule(rule)
        return [self.word("Sight", f"{rule} {who}", item, limit, row.weight, LEVELS.index(row.priority))] if row.on and limit is not None else []

    def sees(self, supervisor: str, people: set[str]) -> list[Any]:
        row, found = self.facts.person[supervisor], []
        for person in sorted(people):
            found += self.sight("C1", supervisor, person, row.most_people if row.most_people is not None else self.facts.number("C1"))
            if self.facts.person[person].trainee:
                found += self.sight("C2", supervisor, person, row.most_trainees if row.most_trainees is not None else self.facts.number("C2"))
        return found

    def day(self, supervisor: str, slot: int) -> list[Any]:
        return self.sight("W3", supervisor, self.facts.day_and_minute(slot)[0], 1)
