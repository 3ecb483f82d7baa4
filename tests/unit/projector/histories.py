"""What jobs can go through, and the ways in which it can arrive."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID, uuid5

from contracts import events as e
from contracts.errors import ErrorCode
from hypothesis import strategies as st
from projector.domain.state import Arrived, ExportState, JobState, JobType

from tests.unit.projector.making import (
    JOB,
    cancelled,
    character_ready,
    character_requested,
    export_dropped,
    export_requested,
    failed,
    generated,
    import_requested,
    joined,
    new_job,
    not_joined,
    planned,
    progressed,
    published,
    requested,
    script_ready,
    source_needed,
    stitch_requested,
    stitched,
    take_requested,
    trained_to,
    transcript_ready,
    upload_requested,
)

CODES = (ErrorCode.SCENE_TIMEOUT, ErrorCode.INTERNAL, ErrorCode.STORAGE_FAILED)


@dataclass(frozen=True)
class History:
    """A job as the gateway made it, and its events in the order in which they happened.

    A user can cancel only what has not ended, and the wish is in the job's row before any event
    that ends it is folded: so it is there from the start.
    """

    job: JobState
    arrived: tuple[Arrived, ...]


def history(job: JobState, events: Sequence[e.Event], *, given_up: bool) -> History:
    arrived = tuple(Arrived(uuid5(JOB, str(n)), event) for n, event in enumerate(events))
    return History(replace(job, cancel_requested=given_up), arrived)


@st.composite
def films(draw: st.DrawFn) -> History:
    """A generation job: whole, failed in one or more scenes or in the end, given up, or both."""
    count = draw(st.integers(1, 4))
    losers = draw(st.sets(st.integers(0, count - 1)))
    given_up = draw(st.booleans())
    events: list[e.Event] = [requested(), planned(count)]
    for index in range(count):
        events += [
            progressed(index, step / 10, draw(st.sampled_from(["animatic", "replicate"])))
            for step in sorted(draw(st.lists(st.integers(0, 10), max_size=3)))
        ]
        if index in losers:
            events.append(failed(index, draw(st.sampled_from(CODES))))
        elif not given_up or draw(st.booleans()):
            events.append(generated(index, count))
    made = {event.scene_index for event in events if isinstance(event, e.SceneGenerated)}
    if len(made) == count:
        well = draw(st.booleans())
        events += [joined(step / 10) for step in draw(st.lists(st.integers(0, 10), max_size=3))]
        events.append(stitched(count) if well else failed(None, draw(st.sampled_from(CODES))))
    if given_up:
        events.insert(draw(st.integers(1, len(events))), cancelled())
    return history(new_job(JobType.GENERATION), events, given_up=given_up)


@st.composite
def reviewed(draw: st.DrawFn) -> History:
    """A film whose user looks at its scenes, has some made again, and asks for films of them."""
    count = draw(st.integers(1, 3))
    given_up = draw(st.booleans())
    review = draw(st.booleans())
    events: list[e.Event] = [requested(), planned(count)]
    for index in range(count):
        lost = review and draw(st.booleans())
        events.append(
            failed(index, draw(st.sampled_from(CODES))) if lost else generated(index, count)
        )
    if not review:
        events.append(stitched(count))
    for take in range(2, draw(st.integers(1, 4)) + 1):
        index = draw(st.integers(0, count - 1))
        events.append(take_requested(index, count, take))
        events += [progressed(index, draw(st.floats(0, 1)), take=take)] * draw(st.integers(0, 1))
        ends = [generated(index, count, take), failed(index, draw(st.sampled_from(CODES)), take)]
        events += ends[: draw(st.integers(0, 1))] or ends[1:]
    films_made = draw(st.integers(0, 0 if given_up and review else 2))
    for cut in range(1, films_made + 1):
        events += [stitch_requested(count, cut), joined(draw(st.floats(0, 1)))]
        lost = not_joined(cut, code=draw(st.sampled_from(CODES)))
        events.append(draw(st.sampled_from([stitched(count, cut), lost])))
    exports = draw(st.lists(st.uuids(version=4), max_size=2, unique=True))
    unwanted = draw(st.sets(st.sampled_from(exports))) if exports else set[UUID]()
    for export in exports:
        events += draw(exporting(export, count))
        if export in unwanted:
            events.append(export_dropped(export))
    given_up = given_up and review
    if given_up:
        events.insert(draw(st.integers(1, len(events))), cancelled())
    job = new_job(JobType.GENERATION, review=review)
    # The wish is in the export's row before the stitcher can hear of it.
    rows = {key: ExportState(key, cancel_requested=key in unwanted) for key in exports}
    job = replace(job, exports=rows)
    return history(job, events, given_up=given_up)


@st.composite
def exporting(draw: st.DrawFn, export: UUID, count: int) -> list[e.Event]:
    """A film beside the job's own: joined, failed, or still at work."""
    steps = draw(st.lists(st.floats(0, 1), max_size=3))
    ends: list[list[e.Event]] = [
        [],
        [stitched(count, export=export)],
        [not_joined(export=export, code=draw(st.sampled_from(CODES)))],
    ]
    told = [joined(step, export) for step in sorted(steps)]
    return [export_requested(export, count), *told, *draw(st.sampled_from(ends))]


@st.composite
def others(draw: st.DrawFn) -> History:
    """An import, of one source after the other, or an upload."""
    given_up = draw(st.booleans())
    kind = draw(st.sampled_from([JobType.IMPORT, JobType.UPLOAD]))
    lost = failed(None, draw(st.sampled_from(CODES)))
    events: list[e.Event]
    if kind is JobType.IMPORT:
        well = [transcript_ready(), script_ready()]
        ends: list[list[e.Event]] = [[*well], [lost], [well[0], lost], []]
        events = []
        for number in range(1, draw(st.integers(0, 3)) + 1):
            events += [
                import_requested(number),
                source_needed(number, draw(st.sampled_from(CODES))),
            ]
            if draw(st.booleans()):  # the user may give two sources for one round
                events.append(source_needed(number, draw(st.sampled_from(CODES)), "no sound"))
        after = draw(st.sampled_from(ends))
        if after or not events:
            number = sum(isinstance(event, e.ImportRequested) for event in events) + 1
            events += [import_requested(number), *after]
    else:
        events = [upload_requested(), draw(st.sampled_from([published(), lost]))]
    if given_up:
        events.insert(draw(st.integers(1, len(events))), cancelled())
    return history(new_job(kind), events, given_up=given_up)


@st.composite
def trainings(draw: st.DrawFn) -> History:
    """A character that is trained, or not; a model that was paid for may come after a cancel."""
    given_up = draw(st.booleans())
    told = sorted(draw(st.lists(st.floats(0, 1), max_size=3)))
    events: list[e.Event] = [character_requested(), *(trained_to(step) for step in told)]
    lost = failed(None, draw(st.sampled_from(CODES)))
    events += draw(st.sampled_from([[character_ready()], [lost], []]))
    if given_up:
        events.insert(draw(st.integers(1, len(events))), cancelled())
    return history(new_job(JobType.CHARACTER), events, given_up=given_up)


histories = st.one_of(films(), reviewed(), others(), trainings())


def interleaved(arrived: Sequence[Arrived], dice: random.Random) -> list[Arrived]:
    """Order is kept within a topic of one producer only: failures come from many."""
    topics: dict[object, list[Arrived]] = defaultdict(list)
    for item in arrived:
        own = item.id if isinstance(item.event, e.StageFailed) else type(item.event)
        topics[own].append(item)
    queues = list(topics.values())
    merged: list[Arrived] = []
    while any(queues):
        merged.append(dice.choice([queue for queue in queues if queue]).pop(0))
    return merged


def repeated(arrived: Sequence[Arrived], dice: random.Random) -> list[Arrived]:
    """Some stretches are delivered again: a consumer died before it had committed."""
    merged = list(arrived)
    for _ in range(dice.randrange(4)):
        end = dice.randrange(len(merged) + 1)
        merged[end:end] = merged[dice.randrange(end + 1) : end]
    return merged


def cut_and_replayed(arrived: Sequence[Arrived], dice: random.Random) -> list[Arrived]:
    """The broker loses everything at some instant; then all outboxes are published again."""
    happened = dice.randrange(len(arrived) + 1)
    before = interleaved(arrived[:happened], dice)
    before = before[: dice.randrange(len(before) + 1)]
    return [*before, *interleaved(arrived, dice)]


def batches(arrived: Sequence[Arrived], dice: random.Random) -> list[list[Arrived]]:
    """The same in batches of any size."""
    cuts = sorted(dice.randrange(len(arrived) + 1) for _ in range(dice.randrange(5)))
    edges = [0, *cuts, len(arrived)]
    return [list(arrived[a:b]) for a, b in pairwise(edges)]
