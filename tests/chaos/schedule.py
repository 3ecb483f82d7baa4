"""What a seed means: which jobs are asked for when, and what is broken when. Pure.

Times are seconds from the start of the trouble. The same seed, number of jobs and length give the
same values, so a failing seed can be run again.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.topics import SERVICES

from tests.chaos.weather import STORMS

LEASE_SECONDS = 5.0
SESSION_SECONDS = 6.0
"""What the services are told; a pause is longer than both."""

SEND_SECONDS, RECONCILE_SECONDS = 5.0, 20.0
"""An order leaves so soon after its record, and is looked for so long: longer than any pause."""

USERS = 3
SCENES = (6, 12)
_JOBS_COME_UNTIL = 0.7
_FAULTS_COME_UNTIL = 0.92
_GAP = (1.5, 6.0)
_LOSS_AT = (0.4, 0.6)
_WATCHED, _PUBLISHED = 0.6, 0.4
_MOST_WATCHED = 12
_FALLBACK = 0.5
_HEAVIER = ("generator", "generator", "stitcher")
"""Money is spent and files are joined here: these are hit more often."""


class Kind(StrEnum):
    """What can be done to the world."""

    KILL = "kill"
    KILL_BOTH = "kill both"
    PAUSE = "pause"
    ROLL = "roll"
    GUEST = "guest"
    KILL_BROKER = "kill broker"
    KILL_DATABASE = "kill database"
    BLACKOUT = "blackout"
    UNMARK = "unmark"
    REPEAT = "repeat"
    PROVIDER = "provider"
    TOTAL_LOSS = "total loss"


MEANING: Mapping[Kind, str] = {
    Kind.KILL: "kill -9 of one replica, started again later",
    Kind.KILL_BOTH: "kill -9 of every replica of a service",
    Kind.PAUSE: "SIGSTOP of a replica past its lease and its session, then SIGCONT",
    Kind.ROLL: "an orderly stop of a replica under load, then a start",
    Kind.GUEST: "a replica more, which is taken away again in order",
    Kind.KILL_BROKER: "kill -9 of the broker",
    Kind.KILL_DATABASE: "kill -9 of PostgreSQL",
    Kind.BLACKOUT: "kill -9 of everything of ours at once",
    Kind.UNMARK: "recent outbox rows unpublished: a relay that died between publish and mark",
    Kind.REPEAT: "recent records of every topic put on the bus again",
    Kind.PROVIDER: "a storm at every video provider: 429, 5xx, lost answers, bad files, webhooks",
    Kind.TOTAL_LOSS: "the broker's data deleted; the bus rebuilt from the outboxes",
}

_DECK = (
    *(Kind.KILL, Kind.KILL, Kind.KILL, Kind.KILL),
    *(Kind.KILL_BOTH, Kind.PAUSE, Kind.PAUSE, Kind.ROLL, Kind.GUEST),
    *(Kind.KILL_BROKER, Kind.KILL_DATABASE, Kind.BLACKOUT),
    *(Kind.UNMARK, Kind.REPEAT, Kind.PROVIDER),
)
_AIMED = {Kind.KILL, Kind.KILL_BOTH, Kind.PAUSE, Kind.ROLL, Kind.GUEST}
_LASTS: Mapping[Kind, tuple[float, float]] = {
    Kind.KILL: (0.0, 3.0),
    Kind.KILL_BOTH: (0.0, 4.0),
    Kind.PAUSE: (LEASE_SECONDS + 2, LEASE_SECONDS + 7),
    Kind.ROLL: (0.0, 0.0),
    Kind.GUEST: (8.0, 15.0),
    Kind.KILL_BROKER: (0.0, 6.0),
    Kind.KILL_DATABASE: (0.0, 6.0),
    Kind.BLACKOUT: (0.0, 2.0),
    Kind.PROVIDER: (6.0, 15.0),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing done to the world. ``seconds`` is how long it lasts; ``pick`` chooses a replica."""

    at: float
    kind: Kind
    seconds: float = 0.0
    service: str = ""
    pick: int = 0
    rates: Mapping[str, float] = field(default_factory=dict[str, float])

    def __str__(self) -> str:
        what = f"{self.kind} {self.service}".strip()
        rates = ", ".join(f"{name} {rate:g}" for name, rate in self.rates.items())
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{what}{lasting}{f' ({rates})' if rates else ''}"


@dataclass(frozen=True, slots=True)
class Order:
    """A film that a user will ask for. ``providers`` are who may make its clips, the best first."""

    number: int
    at: float
    user: int
    scenes: int
    watched: bool
    published: bool
    name: str
    providers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One sentence per scene; a word of each is in no other sentence of the run."""
        words = [code_word(self.name, scene) for scene in range(self.scenes)]
        return "\n\n".join(f"The fox met {word}." for word in words) + "\n"


def code_word(name: str, scene: int) -> str:
    """A made-up word of a scene: no two scenes of a run share one."""
    chance = random.Random(f"{name}:{scene}")
    made = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(6))
    return made.capitalize()


def orders(
    seed: int, count: int, seconds: float, providers: Sequence[str] = ("http",)
) -> tuple[Order, ...]:
    """Who asks for what, the earliest first; the first film is always watched and published."""
    chance, wishes = random.Random(f"orders {seed}"), _wishes(seed, providers)
    times = sorted(chance.uniform(0, seconds * _JOBS_COME_UNTIL) for _ in range(count))
    made: list[Order] = []
    for number, at in enumerate(times):
        watched = sum(order.watched for order in made) < _MOST_WATCHED
        made.append(
            Order(
                number=number,
                at=round(at, 2),
                user=chance.randrange(USERS),
                scenes=chance.randint(*SCENES),
                watched=watched and (chance.random() < _WATCHED or number == 0),
                published=chance.random() < _PUBLISHED or number == 0,
                name=f"{seed}:{number}",
                providers=next(wishes),
            )
        )
    return tuple(made)


def _wishes(seed: int, providers: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Whom each film's user wants: everybody in turn, and for some films another to fall back on.

    Chance is of its own, so that what is asked for does not change with who is there to make it.
    """
    chance = random.Random(f"providers {seed}")
    while True:
        for first in chance.sample(providers, len(providers)):
            others = [name for name in providers if name != first]
            second = [chance.choice(others)] if others and chance.random() < _FALLBACK else []
            yield (first, *second)


def faults(seed: int, seconds: float) -> tuple[Fault, ...]:
    """The trouble, the earliest first.

    Kinds are dealt like cards: every kind comes once before one comes too often, and all of them
    come if there is room for a deck. The total loss comes once, about half-way.
    """
    chance = random.Random(f"faults {seed}")
    loss = Fault(round(seconds * chance.uniform(*_LOSS_AT), 2), Kind.TOTAL_LOSS)
    last = seconds * _FAULTS_COME_UNTIL
    longest = min(_GAP[1], max(_GAP[0], 2 * last / len(_DECK) - _GAP[0]))
    dealt: list[Fault] = [loss]
    at = chance.uniform(0.5, longest)
    for kind in _cards(chance):
        if at > last:
            break
        dealt.append(_fault(chance, round(at, 2), kind))
        at += chance.uniform(_GAP[0], longest)
    return tuple(sorted(dealt, key=lambda fault: fault.at))


def _cards(chance: random.Random) -> Iterator[Kind]:
    while True:
        deck = list(_DECK)
        chance.shuffle(deck)
        yield from deck


def _fault(chance: random.Random, at: float, kind: Kind) -> Fault:
    aimed = chance.choice((*SERVICES, *_HEAVIER))
    pick = chance.randrange(1_000)
    low, high = _LASTS.get(kind, (0.0, 0.0))
    lasts = round(chance.uniform(low, high), 1)
    storm = chance.choice(STORMS)
    return Fault(
        at=at,
        kind=kind,
        seconds=lasts,
        service=aimed if kind in _AIMED else "",
        pick=pick,
        rates=storm if kind is Kind.PROVIDER else {},
    )
