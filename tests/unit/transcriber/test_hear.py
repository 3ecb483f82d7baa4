"""Sound becomes words piece by piece; no piece is paid for twice, whatever goes wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from contracts.documents import Transcript
from contracts.errors import AnswerLostError, ErrorCode, Rejected, Transient
from runtime.work import Work
from transcriber.domain.sound import PausedError
from transcriber.handlers import Hear

from tests.unit.transcriber.fakes import FakePieces, FakeSoundReader, FakeSpeech, work

BUSY = Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7)
BROKEN = Transient(ErrorCode.AI_PROVIDER_FAILURE)
LOST = AnswerLostError("reset")
ROW = work("fetch")
OTHER = work("fetch", id=UUID(int=9))


class Case:
    """One sound of 40 s in pieces of 10 s, and what has become of it."""

    def __init__(self, folder: Path, *troubles: Exception | None) -> None:
        self.speech = FakeSpeech(troubles=list(troubles))
        self.pieces = FakePieces()
        self.clock = 0.0
        self.folder = folder
        self.hear = self.again()

    def again(self, parallel: int = 1, now: Callable[[], float] | None = None) -> Hear:
        return Hear(
            FakeSoundReader(), self.speech, self.pieces, longest=10.0,
            now=now or (lambda: self.clock), parallel=parallel, scratch=self.folder, patience=0,
        )  # fmt: skip

    async def run(
        self, row: Work = ROW, seconds: int = 40, language: str | None = None
    ) -> tuple[Transcript, Decimal]:
        async with self.hear.folder(row) as folder:
            source = folder / "source"
            source.write_text(str(seconds))
            return await self.hear(source, folder, language, row)


async def test_a_sound_is_heard_in_order_and_its_cost_is_told(tmp_path: Path) -> None:
    case = Case(tmp_path)
    transcript, cost = await case.run(language="en-GB")
    assert [(s.start, s.text) for s in transcript.segments] == [
        (0.0, "At 0."), (10.0, "At 10."), (20.0, "At 20."), (30.0, "At 30."),
    ]  # fmt: skip
    assert cost == Decimal("0.4")
    assert set(case.speech.languages) == {"en"}
    assert list(tmp_path.iterdir()) == []


async def test_what_was_heard_is_never_paid_for_again(tmp_path: Path) -> None:
    case = Case(tmp_path)
    first, _ = await case.run()
    case.hear = case.again(parallel=4)
    again, same_row = await case.run()
    other, another_job = await case.run(OTHER)
    assert first == again == other
    assert len(case.speech.paid) == 4
    assert (same_row, another_job) == (Decimal("0.4"), Decimal(0))
    longer, cost = await case.run(OTHER, seconds=50)
    assert len(longer.segments) == 5
    assert (len(case.speech.paid), cost) == (5, Decimal("0.1"))


async def test_another_language_or_model_is_another_piece(tmp_path: Path) -> None:
    case = Case(tmp_path)
    await case.run(language="en")
    await case.run(language="en-US")
    assert len(case.speech.paid) == 4
    await case.run(language="de")
    assert len(case.speech.paid) == 8
    case.speech.model = "other"
    await case.run(language="de")
    assert len(case.speech.paid) == 12


@pytest.mark.parametrize("parallel", [1, 3])
async def test_a_refusal_costs_nothing_and_a_retry_pays_for_missing_pieces_only(
    tmp_path: Path, parallel: int
) -> None:
    case = Case(tmp_path, None, None, BUSY)
    case.hear = case.again(parallel)
    with pytest.raises(PausedError) as caught:
        await case.run()
    assert caught.value.seconds == 7
    before = len(case.speech.paid)
    assert before >= 2
    transcript, cost = await case.run()
    assert len(transcript.segments) == len(case.speech.paid) == 4
    assert cost == Decimal("0.4")


async def test_a_busy_server_is_waited_for_as_it_says_with_the_sound_in_hand(
    tmp_path: Path,
) -> None:
    case = Case(tmp_path, None, BUSY, BROKEN, BROKEN)
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    case.hear = replace(case.hear, patience=3, pause=pause)
    transcript, cost = await case.run()
    assert waited == [7, 2, 4]
    assert len(transcript.segments) == len(case.speech.paid) == 4
    assert cost == Decimal("0.4")

    case.speech.troubles = [Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=600)]
    with pytest.raises(Transient):
        await case.run(seconds=5)
    assert len(waited) == 3, "too long to hold a sound"


async def test_a_try_that_got_nowhere_is_a_failed_try(tmp_path: Path) -> None:
    case = Case(tmp_path, BROKEN)
    with pytest.raises(Transient) as caught:
        await case.run()
    assert caught.value.code is ErrorCode.AI_PROVIDER_FAILURE
    assert case.speech.paid == []


async def test_a_lost_answer_is_asked_for_once_more_and_counted(tmp_path: Path) -> None:
    case = Case(tmp_path, LOST)
    with pytest.raises(Transient):
        await case.run(seconds=10)
    _, cost = await case.run(seconds=10)
    assert len(case.speech.paid) == 2
    assert cost == Decimal("0.2"), "what may have been paid is told"


async def test_answers_that_get_lost_again_and_again_end_it(tmp_path: Path) -> None:
    case = Case(tmp_path, LOST, LOST)
    for _ in range(2):
        with pytest.raises(Transient):
            await case.run(seconds=10)
    for row in (ROW, OTHER):
        with pytest.raises(Rejected, match="captions") as caught:
            await case.run(row, seconds=10)
        assert caught.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert len(case.speech.paid) == 2


async def test_two_jobs_never_send_the_same_piece_side_by_side(tmp_path: Path) -> None:
    case = Case(tmp_path)
    gate = case.speech.gate = asyncio.Event()
    case.hear = case.again(parallel=4)
    first = asyncio.create_task(case.run())
    for _ in range(4):
        await case.speech.begun.acquire()
    with pytest.raises(PausedError):
        await case.run(OTHER)
    gate.set()
    await first
    await case.run(OTHER)
    assert len(case.speech.paid) == 4


async def test_a_worker_that_died_while_asking_is_followed_by_its_own_row_at_once(
    tmp_path: Path,
) -> None:
    case = Case(tmp_path)
    case.speech.gate = asyncio.Event()
    dying = asyncio.create_task(case.run(seconds=10))
    await case.speech.begun.acquire()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    case.speech.gate = None
    with pytest.raises(PausedError):
        await case.run(OTHER, seconds=10)
    _, cost = await case.run(seconds=10)
    assert cost == Decimal("0.2")


async def test_what_is_on_its_way_is_kept_when_another_piece_fails(tmp_path: Path) -> None:
    case = Case(tmp_path, None, Rejected(ErrorCode.PROVIDER_AUTH), None)
    case.hear = case.again(parallel=3)
    with pytest.raises(Rejected):
        await case.run()
    kept = [row for row in case.pieces.rows.values() if row.state == "done"]
    assert len(kept) == len(case.speech.paid) >= 1


async def test_a_process_that_slept_after_its_record_sends_nothing(tmp_path: Path) -> None:
    case = Case(tmp_path)
    times = iter([0.0, 11.0])
    case.hear = case.again(now=lambda: next(times))
    with pytest.raises(Transient, match="INTERNAL"):
        await case.run(seconds=10)
    assert case.speech.paid == []


async def test_silence_is_not_paid_for(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.hear = replace(case.hear, sounds=FakeSoundReader(loudness=0))
    with pytest.raises(Rejected, match="no speech") as caught:
        await case.run()
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING
    assert case.speech.paid == []


async def test_only_so_many_sounds_are_at_work_and_nothing_is_left_on_disk(tmp_path: Path) -> None:
    case = Case(tmp_path)
    left = tmp_path / f"sound-{ROW.id}-killed"
    left.mkdir()
    (left / "samples.s16").write_bytes(b"x")
    async with case.hear.folder(ROW), case.hear.folder(OTHER):
        assert not left.exists()
        with pytest.raises(PausedError):
            async with case.hear.folder(work("fetch", id=UUID(int=10))):
                raise AssertionError("there is no room")
    assert list(tmp_path.iterdir()) == []
