"""A model writes the plan where it can; nothing it says or fails to say costs the film."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from contracts.documents import Plan
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import GenerationSettings
from scripter.domain import Brief, brief_for, plan_shots, shots_by_rule
from scripter.domain.model_plan import Answer, Finish, UnknownOutcomeError
from scripter.handlers.author import NO_ANSWER, REFUSED, TOO_LONG, UNUSABLE, Author, Written

from tests.unit.scripter.fakes import FakeAnswers, FakeSceneModel, answer
from tests.unit.scripter.making import JOB_ID, script
from tests.unit.scripter.working import work

WORDS = tuple(f"Sentence number {n} has exactly seven words." for n in range(8))
AWAY = Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=3)
LOST = UnknownOutcomeError(ErrorCode.AI_PROVIDER_FAILURE)


def brief(*said: str, **settings: object) -> Brief:
    return brief_for(script(("Ann", said or WORDS)), GenerationSettings.model_validate(settings))


def scene(first: int, last: int, **changes: object) -> dict[str, object]:
    told = {"title": f"Scene {first}", "picture": "A lamp.", "camera": "pan_left"}
    return {"first": first, "last": last} | told | changes


def scenes(*of: dict[str, object]) -> Answer:
    return answer(json.dumps({"scenes": of}))


GOOD = scenes(scene(1, 2), scene(3, 4), scene(5, 6), scene(7, 8))
BAD = scenes(scene(1, 2))


def author(*says: Answer | Exception, answers: FakeAnswers | None = None) -> Author:
    return Author(FakeSceneModel(deque(says)), answers or FakeAnswers())


async def written(of: Author, of_brief: Brief | None = None, tries: int = 0) -> Written:
    found = await of.write(of_brief or brief(), replace(work("plan"), tries=tries))
    assert found is not None
    return found


def asked(of: Author) -> int:
    assert isinstance(of.model, FakeSceneModel)
    return len(of.model.asked)


async def test_without_a_model_the_rules_write_and_say_nothing_of_it() -> None:
    found = await written(Author())
    assert (found.by, found.notes, found.cost_usd) == ("rules", [], 0)
    assert found.shots == shots_by_rule(brief())


async def test_a_good_plan_is_taken_as_it_is() -> None:
    found = await written(author(GOOD))
    assert (found.by, found.notes, found.cost_usd) == ("fake-1", (), Decimal("0.002"))
    plan = plan_shots(JOB_ID, brief(), found.shots, written_by=found.by)
    assert [s.narration for s in plan.scenes] == [
        " ".join(WORDS[at : at + 2]) for at in range(0, 8, 2)
    ]
    assert plan.scenes[0].title == "Scene 1"
    assert "A lamp." in plan.scenes[0].prompt
    assert plan.scenes[0].camera == "pan_left"


async def test_a_faulty_plan_is_mended_once() -> None:
    writer = author(BAD, GOOD)
    found = await written(writer)
    assert (found.by, found.cost_usd) == ("fake-1", Decimal("0.004"))
    assert isinstance(writer.model, FakeSceneModel)
    repair = writer.model.asked[1].messages
    assert [role for role, _ in repair] == ["system", "user", "assistant", "user"]
    assert "these sentences are in no scene: [3, 4, 5, 6, 7, 8]" in repair[3][1]


async def test_a_plan_that_stays_faulty_gives_way_to_the_rules() -> None:
    writer = author(BAD)
    found = await written(writer)
    assert (found.by, found.notes, found.cost_usd) == ("rules", [UNUSABLE], Decimal("0.004"))
    assert found.shots == shots_by_rule(brief())
    assert asked(writer) == 2
    again = await written(writer)
    assert (again, asked(writer)) == (found, 2)


async def test_an_answer_is_paid_for_once_by_one_job() -> None:
    writer = author(GOOD)
    first = await written(writer)
    assert await written(writer) == first
    other = await writer.write(brief(), replace(work("plan"), job_id=UUID(int=77)))
    assert other is not None
    assert (other.shots, other.cost_usd) == (first.shots, 0)
    assert asked(writer) == 1


async def test_a_model_that_is_away_is_asked_again_and_then_done_without() -> None:
    writer = author(AWAY)
    for tries in (0, 1):
        with pytest.raises(Transient) as caught:
            await written(writer, tries=tries)
        assert caught.value.retry_after == 3
    found = await written(writer, tries=2)
    assert (found.by, found.notes) == ("rules", [NO_ANSWER])
    assert asked(writer) == 3


async def test_a_request_whose_end_nobody_knows_is_sent_twice_at_most() -> None:
    writer = author(LOST)
    for tries in (0, 1):
        with pytest.raises(Transient):
            await written(writer, tries=tries)
    found = await written(writer, tries=2)
    assert (found.by, found.notes, asked(writer)) == ("rules", [NO_ANSWER], 2)


@pytest.mark.parametrize(
    "code", [ErrorCode.PROVIDER_AUTH, ErrorCode.PROVIDER_CREDITS_EXHAUSTED, ErrorCode.INVALID_INPUT]
)
async def test_a_model_that_turns_us_away_is_not_asked_again(code: ErrorCode) -> None:
    writer = author(Rejected(code))
    found = await written(writer)
    assert (found.by, found.notes, asked(writer)) == ("rules", [NO_ANSWER], 1)


async def test_a_refusal_is_not_argued_with() -> None:
    writer = author(answer("", Finish.REFUSED))
    found = await written(writer)
    assert (found.by, found.notes, asked(writer)) == ("rules", [REFUSED], 1)


async def test_a_text_too_long_for_the_model_is_not_sent() -> None:
    long = brief_for(
        script(("Ann", WORDS)).model_copy(update={"words": 20_001}), GenerationSettings()
    )
    writer = author(GOOD)
    assert (await written(writer, long)).notes == [TOO_LONG]
    assert asked(writer) == 0


async def test_a_job_waits_while_another_asks_and_then_reads_the_answer() -> None:
    clock = [0.0]
    answers = FakeAnswers(now=lambda: clock[0])
    writer = author(GOOD, answers=answers)
    assert isinstance(writer.model, FakeSceneModel)
    # Another worker has claimed the question, and died.
    probe = author(AWAY, answers=answers)
    with pytest.raises(Transient):
        await written(probe)
    (digest,) = answers.rows
    await answers.claim(digest, "fake-1", UUID(int=78))
    assert await writer.write(brief(), work("plan")) is None
    assert asked(writer) == 0
    clock[0] = 61.0
    assert (await written(writer)).by == "fake-1"


FAULTS: Sequence[tuple[Answer, str]] = (
    (answer("not json"), "the answer: Invalid JSON"),
    (answer('{"scenes": []}'), "There are no scenes."),
    (answer('{"scenes": [{"first": 1}]}'), "scenes.0.last: Field required"),
    (scenes(scene(1, 8)), "scene 1 has 22.4 seconds of speech, not 8"),
    (scenes(scene(0, 2)), "scene 1: there are no sentences 0 to 2"),
    (scenes(scene(2, 1)), "scene 1: there are no sentences 2 to 1"),
    (scenes(scene(3, 4), scene(1, 2)), "scene 2 begins before scene 1 has ended"),
    (scenes(scene(1, 2, title=" \u200b")), "scene 1 has no title"),
    (scenes(scene(1, 2, picture="https://x.example")), "scene 1 has no picture"),
    (scenes(scene(1, 2, camera="dolly")), "scene 1 has a camera move that does not exist"),
    (scenes(scene(1, 2, max_scenes=1)), "scenes.0.max_scenes: Extra inputs are not permitted"),
    (scenes(scene(1, 2), scene(4, 8)), "these sentences are in no scene: [3]"),
    (answer("{", Finish.CUT_OFF), "The answer was cut off: use fewer words"),
)


@pytest.mark.parametrize(("bad", "told"), FAULTS)
async def test_every_fault_is_told_to_the_model(bad: Answer, told: str) -> None:
    writer = author(bad, GOOD)
    await written(writer)
    assert isinstance(writer.model, FakeSceneModel)
    assert told in writer.model.asked[1].messages[3][1]


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (scenes(scene(2, 3), scene(7, 8)), "the first sentence is missing"),
        (scenes(scene(1, 2), scene(5, 6)), "the last sentence is missing"),
        (scenes(scene(1, 1), scene(8, 8)), "seconds long: use at least"),
        (scenes(scene(1, 2), scene(3, 4), scene(7, 8)), "the film is 16.8 seconds long, not 12"),
    ],
)
async def test_a_shorter_film_keeps_its_ends_and_its_length(plan: Answer, told: str) -> None:
    short = brief(target_seconds=12)
    writer = author(plan, scenes(scene(1, 2), scene(7, 8)))
    found = await written(writer, short)
    assert isinstance(writer.model, FakeSceneModel)
    assert told in writer.model.asked[1].messages[3][1]
    assert found.by == "fake-1"
    film: Plan = plan_shots(JOB_ID, short, found.shots)
    assert film.left_out is not None
    assert (film.left_out.sentences, film.left_out.passages[0].after) == (4, 0)
