"""The promises about money, by the providers' own bills. Pure.

Whoever is asked, and however often: of a scene there is one order that was not surely lost, and
never two at work. Where orders can be looked for it is the scene's clip. At a provider that lists
nothing an order whose answer was lost is held for its window, then the scene fails: it was paid for
once at most, here or anywhere.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID

from contracts import events as e

from tests.chaos.bills import Bill, Booked
from tests.chaos.evidence import Evidence

Where = tuple[UUID, int]
"""A scene: its job and its number."""

_CLOCKS = 0.25
"""Two bills are read one after the other; their clocks agree within so many seconds."""

_CENT = 0.005


def made(evidence: Evidence) -> Counter[Where]:
    """How often each scene was told to be made."""
    return Counter((event.job_id, event.scene_index) for event in _generated(evidence))


def surplus(bills: Mapping[str, Bill]) -> dict[str, int]:
    """For each prompt how many orders that no provider lost are too many, over all providers."""
    over = {prompt: got - 1 for prompt, got in paid(bills).items()}
    return {prompt: n for prompt, n in over.items() if n > 0}


def paid(bills: Mapping[str, Bill]) -> Counter[str]:
    """For each prompt how many orders were taken and not lost, over all providers."""
    total: Counter[str] = Counter()
    for bill in bills.values():
        for prompt, creates in bill.creates.items():
            total[prompt] += creates - bill.lost.get(prompt, 0)
    return total


def by_provider(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """What the last line of a run tells of each provider.

    ``creates`` were paid; ``lost`` of them failed there, ``held`` were given up as uncertain, and
    ``made`` gave a scene its clip.
    """
    clips = Counter(event.provider for event in _generated(evidence))
    held = Counter(entry.provider for entry in evidence.booked if entry.held)
    return {
        name: {
            "creates": sum(bill.creates.values()),
            "lost": sum(bill.lost.values()),
            "held": held[name],
            "made": clips[name],
            "usd": round(bill.usd, 2),
        }
        for name, bill in evidence.bills.items()
    }


def scene_was_lost(evidence: Evidence, job_id: UUID) -> bool:
    """Whether the providers lost a scene of a job for good, or one lost it and cannot be asked."""
    plan = evidence.plans.get(job_id)
    if plan is None:
        return False
    creates, got = _creates(evidence.bills), paid(evidence.bills)
    lost = (scene for scene in plan.scenes if creates[scene.prompt] and not got[scene.prompt])
    return any(lost) or any(where[0] == job_id for where in _held(evidence))


def paid_once(evidence: Evidence) -> Iterator[str]:
    """Every scene is paid once, and every order is a scene's."""
    for prompt, n in surplus(evidence.bills).items():
        yield f"{n} orders too many for {prompt!r}"
    for name, bill in evidence.bills.items():
        for prompt in bill.twice_live:
            yield f"two orders at work at one time at {name} for {prompt!r}"
        if bill.cancelled:
            yield f"{bill.cancelled} orders were cancelled at {name}, but nobody asked for that"
    yield from _one_at_a_time(evidence.bills)
    if evidence.bills:
        yield from _paid_is_made(evidence)


def books_are_true(evidence: Evidence) -> Iterator[str]:
    """Our own books know of every order, and of every dollar where orders can be looked for."""
    sent: Counter[tuple[str, Where]] = Counter()
    usd: Counter[str] = Counter()
    for entry in evidence.booked:
        sent[entry.provider, (entry.job_id, entry.scene_index)] += entry.sends
        usd[entry.provider] += entry.usd  # pyright: ignore[reportArgumentType]
    scenes = _scenes(evidence)
    for name, bill in evidence.bills.items():
        for prompt, creates in bill.creates.items():
            known = sent[name, scenes[prompt]] if prompt in scenes else creates
            if creates > known:
                yield f"{creates} orders at {name} for {prompt!r}, {known} are in our books"
        unknown = any(entry.held for entry in evidence.booked if entry.provider == name)
        if abs(usd[name] - bill.usd) > _CENT and not unknown:
            yield f"{name} took ${bill.usd:.4f}, our books say ${usd[name]:.4f}"


def stories(evidence: Evidence) -> list[str]:
    """The books of every scene that more than one order or sending was needed for, as lines."""
    entries: dict[Where, list[Booked]] = {}
    for entry in evidence.booked:
        entries.setdefault((entry.job_id, entry.scene_index), []).append(entry)
    return [
        f"scene {index:>2} of {job}: "
        + ", ".join(f"{x.provider} {x.state} sent {x.sends} {x.code or ''}".strip() for x in told)
        for (job, index), told in sorted(entries.items())
        if len(told) > 1 or told[0].sends != 1 or told[0].state != "succeeded"
    ]


def _generated(evidence: Evidence) -> Iterator[e.SceneGenerated]:
    for fact in evidence.told:
        if isinstance(fact.event, e.SceneGenerated):
            yield fact.event


def _creates(bills: Mapping[str, Bill]) -> Counter[str]:
    total: Counter[str] = Counter()
    for bill in bills.values():
        total.update(bill.creates)
    return total


def _scenes(evidence: Evidence) -> dict[str, Where]:
    return {
        scene.prompt: (job_id, scene.index)
        for job_id, plan in evidence.plans.items()
        for scene in plan.scenes
    }


def _held(evidence: Evidence) -> dict[Where, Booked]:
    """Scenes that ended with an order of which nobody can find out."""
    return {(entry.job_id, entry.scene_index): entry for entry in evidence.booked if entry.held}


def _one_at_a_time(bills: Mapping[str, Bill]) -> Iterator[str]:
    """An order elsewhere begins only after the one before it is surely over."""
    prompts = {prompt for bill in bills.values() for prompt in bill.lives}
    for prompt in prompts:
        lives = sorted(
            (life, name) for name, bill in bills.items() for life in bill.lives.get(prompt, ())
        )
        for ((_, ended), first), ((begun, _), second) in pairwise(lives):
            if first != second and begun < ended - _CLOCKS:
                yield f"orders at work at one time at {first} and {second} for {prompt!r}"


def _paid_is_made(evidence: Evidence) -> Iterator[str]:
    scenes, clips, held = _scenes(evidence), made(evidence), _held(evidence)
    got = paid(evidence.bills)
    for prompt in got.keys() - scenes.keys():
        yield f"an order for no scene: {prompt!r}"
    for prompt, scene in scenes.items():
        if clips[scene] and not got[prompt]:
            yield f"scene {scene} was made, but not ordered"
        if got[prompt] and not clips[scene] and scene not in held:
            yield f"scene {scene} was paid, but not made"
        if scene in held and clips[scene]:
            yield f"scene {scene} was given up as uncertain, and made"
        if scene in held and held[scene].sends != 1:
            yield f"scene {scene} was given up as uncertain after {held[scene].sends} sendings"
