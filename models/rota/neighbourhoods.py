"""Which parts of a rota to decide again: a few supervisors, a day, the people round a place where a rule is bent, duty."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from models.rota.model import PEERS, Part
from models.rota.sessions import possible
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from models.rota.judge import Judged
    from models.rota.model import Key


class Neighbourhoods:
    """Draws parts of a rota, at random but with an eye on where rules of a level are bent."""

    def __init__(self, judged: Judged, random: Random) -> None:
        self.random = random
        facts = self.facts = judged.facts
        everything = possible(facts)
        self.givers: dict[Key, tuple[str, ...]] = {n: tuple(starts) for n, starts in everything.individual.items()}
        self.givers |= {name: tuple(v for v in starts if v != PEERS) for name, starts in everything.groups.items()}
        self.groups_of: dict[int, list[str]] = defaultdict(list)
        for name in everything.groups:
            for n in everything.members[name]:
                self.groups_of[n].append(name)
        self.able: dict[str, list[Key]] = defaultdict(list)
        for key, givers in self.givers.items():
            for giver in givers:
                self.able[giver].append(key)
        self.needs_of: dict[str, list[int]] = defaultdict(list)
        for n, need in enumerate(facts.needs):
            self.needs_of[need.staff].append(n)

    def draw(self, judged: Judged, level: int, size: int) -> Part:
        """Give a part of about so many sessions to decide again."""
        way = self.random.random()
        if way < 0.5:
            keys = self._bent(judged, level, size)
        elif way < 0.75:
            keys = self._supervisors(judged, self.random.sample(sorted(self.able), min(2, len(self.able))), size)
        elif way < 0.9:
            keys = self._day(judged, size)
        else:
            keys = set(self.random.sample(list(judged.decisions.sessions), min(size, len(judged.decisions.sessions))))
        return self.part(judged, keys)

    def part(self, judged: Judged, keys: Iterable[Key]) -> Part:
        """Free these sessions, everyone in them, and the duty of whoever gives them or could."""
        now = judged.decisions
        groups = {key for key in keys if isinstance(key, str)}
        needs = {key for key in keys if isinstance(key, int)}
        needs |= {n for name in groups if name in now.sessions for n in now.sessions[name].needs}
        people = {now.sessions[key].giver for key in keys if key in now.sessions} | {self.facts.needs[n].staff for n in needs}
        people |= set(self.random.sample([*self.facts.fair_turns], min(2, len(self.facts.fair_turns))))
        return Part(now, frozenset(needs), frozenset(groups), frozenset(people - {PEERS}))

    def _supervisors(self, judged: Judged, first: list[str], size: int) -> set[Key]:
        """Everything that some supervisors give, and others who could give it, until there is enough."""
        keys: set[Key] = set()
        done: set[str] = set()
        queue = list(first)
        unmet = self._unmet(judged)
        while queue and len(keys) < size:
            giver = queue.pop(0)
            if giver in done:
                continue
            done.add(giver)
            mine = [key for key, held in judged.decisions.sessions.items() if held.giver == giver]
            mine += [n for n in self.needs_of[giver]]
            mine += [key for key in self.able[giver] if key in unmet]
            keys |= set(mine)
            others = sorted({v for key in mine for v in self.givers.get(key, ())} - done)
            self.random.shuffle(others)
            queue += others[:2]
        return keys

    def _unmet(self, judged: Judged) -> set[Key]:
        met = {n for held in judged.decisions.sessions.values() for n in held.needs}
        found: set[Key] = {n for n in range(len(self.facts.needs)) if n not in met}
        return found | {name for name in possible(self.facts).groups if name not in judged.decisions.sessions}

    def _bent(self, judged: Judged, level: int, size: int) -> set[Key]:
        """Sessions round a place where a rule of the level is bent: of the person it concerns, and of others who could take them over."""
        facts = self.facts
        faults = [f for f in judged.faults if facts.rule(f.rule, f.kind).priority == LEVELS[level]]
        if not faults:
            return self._day(judged, size)
        fault = self.random.choice(faults)
        if not fault.staff and not fault.session:
            return self._day(judged, size, fault.date)
        keys: set[Key] = {key for key in judged.decisions.sessions if fault.session and judged.name(key) == fault.session}
        keys |= set(self.needs_of[fault.staff])
        keys |= {name for n in self.needs_of[fault.staff] for name in self._sample(self.groups_of[n], 2)}
        givers = [judged.decisions.sessions[key].giver for key in keys if key in judged.decisions.sessions]
        could = [v for key in keys for v in self.givers.get(key, ())]
        first = [*([fault.staff] if fault.staff in self.able else []), *(v for v in givers if v), *self._sample(could, 3)]
        return keys | self._supervisors(judged, first, size)

    def _sample(self, items: list[str], most: int) -> list[str]:
        return self.random.sample(items, min(most, len(items)))

    def _day(self, judged: Judged, size: int, day: str = "") -> set[Key]:
        """Sessions of a day, as many as may be."""
        day = day or self.random.choice(self.facts.days)
        there = [key for key, held in judged.decisions.sessions.items() if self.facts.day_and_minute(held.slot)[0] == day]
        unmet = sorted(self._unmet(judged), key=str)
        return set(self.random.sample(there, min(size, len(there)))) | set(self.random.sample(unmet, min(5, len(unmet))))
