"""The checker is content with a whole story, and names what is missing from a broken one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from contracts import events as e
from contracts.errors import ErrorCode
from contracts.values import TitleSettings, Transition
from projector.domain.state import SceneState, Status

from tests.chaos.bus import EVENT_TOPICS, Contents
from tests.chaos.checker import film_frames, judge
from tests.chaos.customers import DRESSED, SETTINGS, Watcher
from tests.chaos.evidence import Evidence, FilmFile
from tests.chaos.story import FILM, PLAN, UPLOAD, whole_story, with_job


@pytest.fixture
def whole() -> Evidence:
    return whole_story()


def test_a_whole_story_breaks_no_promise(whole: Evidence) -> None:
    verdict = judge(whole)
    assert verdict.violations == ()
    assert (verdict.succeeded, verdict.failed, verdict.lost) == (1, 0, 0)
    assert (verdict.scenes, verdict.paid_twice) == (2, 0)


def _unknown_on_the_bus(found: Evidence) -> Evidence:
    strange = {**found.bus.events, "scene.generated": Counter({"nobody's": 1})}
    return replace(found, bus=Contents(strange))


def _gone_from_the_bus(found: Evidence) -> Evidence:
    return replace(found, bus=Contents({topic: Counter() for topic in EVENT_TOPICS}))


def _watcher_that_saw(*seen: int, ended: str = "succeeded") -> Callable[[Evidence], Evidence]:
    def change(found: Evidence) -> Evidence:
        found.films[0].watcher = Watcher(str(FILM), list(seen), ended=ended)
        return found

    return change


def _refused(found: Evidence) -> Evidence:
    found.films[0].refused = "POST /jobs: 404"
    return found


def _never_answered(found: Evidence) -> Evidence:
    found.films[0].job_id = ""
    return found


def _other_download(found: Evidence) -> Evidence:
    found.films[0].sha256 = "f" * 64
    return found


def _twice_told(found: Evidence) -> Evidence:
    (scene, *_) = [fact for fact in found.told if isinstance(fact.event, e.SceneGenerated)]
    return replace(found, told=[*found.told, replace(scene, id=UUID(int=99))])


def _scene_row_wrong(found: Evidence) -> Evidence:
    film = found.jobs[FILM]
    scene = replace(film.scenes[0, 1], progress=40)
    return with_job(found, FILM, scenes={**film.scenes, (0, 1): scene})


_file = FilmFile
BROKEN: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "refused": ("no job is lost", _refused),
    "never answered": ("no job is lost", _never_answered),
    "a job that hangs": (
        "every job ends",
        lambda found: with_job(found, FILM, status=Status.RUNNING),
    ),
    "a job nobody knows": ("begun once", _never_answered),
    "failed for no reason": (
        "a failure has a cause",
        lambda found: with_job(
            found, FILM, status=Status.FAILED, error_code=ErrorCode.INTERNAL.value
        ),
    ),
    "cancelled by nobody": (
        "a failure has a cause",
        lambda found: with_job(found, FILM, status=Status.CANCELLED),
    ),
    "made twice": ("done once", _twice_told),
    "a film too short": (
        "film is whole",
        lambda found: replace(found, files={FILM: _file(frames=79)}),
    ),
    "a film that is torn": (
        "film is whole",
        lambda found: replace(found, files={FILM: _file(80, damage="torn")}),
    ),
    "no film": ("film is whole", lambda found: replace(found, files={})),
    "scenes left out": (
        "film is whole",
        lambda found: replace(
            found, plans={FILM: PLAN.model_copy(update={"scenes": PLAN.scenes[:1]})}
        ),
    ),
    "another film downloaded": ("download is the film", _other_download),
    "published torn": (
        "published is the film",
        lambda found: replace(found, published={UPLOAD: _file(damage="torn")}),
    ),
    "open work": ("left over", lambda found: replace(found, leftovers=["open work"])),
    "an event lost by the bus": ("bus has every event", _gone_from_the_bus),
    "an event of nobody": ("bus has every event", _unknown_on_the_bus),
    "a dead letter": (
        "bus has every event",
        lambda found: replace(found, bus=Contents(found.bus.events, ["scripter.dlq"])),
    ),
    "an event not folded": (
        "fold of the log",
        lambda found: replace(found, applied={**found.applied, FILM: found.applied[FILM][:-1]}),
    ),
    "an event folded twice": (
        "fold of the log",
        lambda found: replace(
            found, applied={**found.applied, FILM: [*found.applied[FILM], found.applied[FILM][0]]}
        ),
    ),
    "a row that is no fold": (
        "fold of the log",
        lambda found: with_job(found, FILM, progress=99),
    ),
    "a scene that is no fold": ("fold of the log", _scene_row_wrong),
    "a gap in a stream": ("watchers see", _watcher_that_saw(1, 2, 4)),
    "a repetition in a stream": ("watchers see", _watcher_that_saw(1, 2, 2, 3)),
    "a stream without an end": ("watchers see", _watcher_that_saw(1, 2, ended="")),
    "a stream with another end": ("watchers see", _watcher_that_saw(1, 2, ended="failed")),
    "a replica that is not ready": (
        "every replica is well",
        lambda found: replace(found, troubles={"generator.1": "no answer"}),
    ),
    "a stop that took too long": (
        "stops are orderly",
        lambda found: replace(found, complaints=["generator.1 did not stop"]),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str, whole: Evidence) -> None:
    promise, break_it = BROKEN[name]
    assert any(promise in violation for violation in judge(break_it(whole)).violations)


def test_scenes_without_rows_are_seen(whole: Evidence) -> None:
    scenes = {(0, 1): SceneState(0)}
    violations = judge(with_job(whole, FILM, scenes=scenes)).violations
    assert any("scene 1 take 1 None" in violation for violation in violations)


def test_duplicates_count_over_both_lives_of_the_bus() -> None:
    old = Contents({"a": Counter({"x": 2, "y": 1})}, ["letter"])
    new = Contents({"a": Counter({"x": 1, "z": 1})})
    assert (old.duplicates, new.duplicates) == (1, 0)
    both = new.after(old)
    assert (both.duplicates, both.dead) == (2, ("letter",))
    assert new.after(None) is new


def test_a_film_is_as_long_as_its_card_and_its_scenes_less_what_they_share(
    whole: Evidence,
) -> None:
    wishes = e.GenerationSettings.model_validate(SETTINGS | DRESSED)
    plain = next(iter(whole.plans.values()))
    scenes = tuple(plain.scenes[0].model_copy(update={"frames": n}) for n in (40, 30, 20))
    dressed = plain.model_copy(update={"scenes": scenes, "settings": wishes})
    assert film_frames(dressed) == 24 + 40 + 30 + 20 - 12 - 12 - 10
    cut = wishes.model_copy(update={"transition": Transition.CUT, "titles": TitleSettings()})
    assert film_frames(dressed.model_copy(update={"settings": cut})) == 90
