"""The real OpenAI client against the loopback stand-in: every answer it may get."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import openai
import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.events import GenerationSettings
from scripter.adapters.openai import OpenAISceneModel, Prices
from scripter.domain import Brief, brief_for
from scripter.domain.model_plan import (
    Answer,
    Finish,
    UnknownOutcomeError,
    accepted,
    first_request,
    repair_request,
)
from standins.openai_chat import CHAT_FAULTS, CHAT_KEY, ChatStandin
from standins.server import serving

from tests.ports import free_port
from tests.unit.scripter.making import script

BRIEF = brief_for(
    script(("Ann", tuple(f"Sentence number {n} has seven words." for n in range(9)))),
    GenerationSettings(),
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ChatStandin, str]]:
    standin = ChatStandin(hang_seconds=3.0, retry_after=7)
    with serving(standin.app) as base:
        yield standin, base


@pytest.fixture
async def model(served: tuple[ChatStandin, str]) -> AsyncIterator[OpenAISceneModel]:
    served[0].faults.clear()
    served[0].requests.clear()
    served[0].paid = 0
    async with client(served[1]) as asked:
        yield of(asked)


def client(base: str, key: str = CHAT_KEY) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key=key, base_url=f"{base}/v1", max_retries=0, timeout=openai.Timeout(1.5, connect=1)
    )


def of(asked: openai.AsyncOpenAI) -> OpenAISceneModel:
    return OpenAISceneModel(asked, "writer-1", Prices(Decimal("0.10"), Decimal("0.50")))


async def ask(model: OpenAISceneModel, brief: Brief = BRIEF) -> Answer:
    return await model.ask(first_request(brief, model.name))


async def test_a_good_answer_is_a_plan_with_its_cost(model: OpenAISceneModel) -> None:
    answer = await ask(model)
    shots, faults = accepted(answer, BRIEF)
    assert not faults
    assert [beat for shot in shots for beat in shot.beats] == list(BRIEF.said)
    assert answer.finish is Finish.COMPLETE
    assert answer.tokens_in > 300
    expected = (answer.tokens_in * Decimal("0.10") + answer.tokens_out * Decimal("0.50")) / 10**6
    assert answer.cost_usd == expected > 0


@pytest.mark.parametrize(
    ("fault", "finish"),
    [
        ("refuse", Finish.REFUSED),
        ("filter", Finish.REFUSED),
        ("cut_off", Finish.CUT_OFF),
        ("not_json", Finish.COMPLETE),
        ("overlong", Finish.COMPLETE),
        ("lossy", Finish.COMPLETE),
        ("reversed", Finish.COMPLETE),
    ],
)
async def test_bad_answers_are_answers_and_are_not_accepted(
    model: OpenAISceneModel, served: tuple[ChatStandin, str], fault: str, finish: Finish
) -> None:
    served[0].faults.append(fault)
    answer = await ask(model)
    assert answer.finish is finish
    if finish is not Finish.REFUSED:
        shots, faults = accepted(answer, BRIEF)
        assert not shots
        again = await model.ask(repair_request(first_request(BRIEF, model.name), answer, faults))
        assert accepted(again, BRIEF)[0]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("429", Transient, ErrorCode.PROVIDER_RATE_LIMITED),
        ("quota", Rejected, ErrorCode.PROVIDER_CREDITS_EXHAUSTED),
        ("500", UnknownOutcomeError, ErrorCode.AI_PROVIDER_FAILURE),
        ("500_after", UnknownOutcomeError, ErrorCode.AI_PROVIDER_FAILURE),
        ("hang", UnknownOutcomeError, ErrorCode.AI_PROVIDER_FAILURE),
        ("reset_after", UnknownOutcomeError, ErrorCode.AI_PROVIDER_FAILURE),
        ("html", UnknownOutcomeError, ErrorCode.AI_PROVIDER_FAILURE),
        ("empty", UnknownOutcomeError, ErrorCode.AI_PROVIDER_FAILURE),
        ("401", Rejected, ErrorCode.PROVIDER_AUTH),
        ("400", Rejected, ErrorCode.INVALID_INPUT),
        ("404", Rejected, ErrorCode.PROVIDER_NOT_CONFIGURED),
    ],
)
async def test_every_failure_has_our_code_and_is_asked_once(
    model: OpenAISceneModel,
    served: tuple[ChatStandin, str],
    fault: str,
    kind: type[FilmError],
    code: ErrorCode,
) -> None:
    assert fault in CHAT_FAULTS
    served[0].faults.append(fault)
    with pytest.raises(FilmError) as caught:
        await ask(model)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert getattr(caught.value, "retry_after", None) == (7.0 if fault == "429" else None)
    assert len(served[0].requests) == 1


async def test_a_server_that_is_not_there_was_asked_nothing() -> None:
    async with client(f"http://127.0.0.1:{free_port()}") as asked:
        with pytest.raises(Transient) as caught:
            await ask(of(asked))
    assert type(caught.value) is Transient


async def test_a_wrong_key_is_our_fault(served: tuple[ChatStandin, str]) -> None:
    async with client(served[1], "sk-secret") as asked:
        with pytest.raises(Rejected) as caught:
            await ask(of(asked))
    assert caught.value.code is ErrorCode.PROVIDER_AUTH
    assert "secret" not in caught.value.message + caught.value.detail
    assert "401 invalid_api_key" in caught.value.detail
