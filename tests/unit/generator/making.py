"""Plans, requests, fakes and a row's life for the generator's tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from contracts.documents import Camera, Cast, Line, Plan, Scene
from contracts.errors import ErrorCode, FilmError
from contracts.events import (
    Clip,
    Event,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    ScenesPlanned,
)
from contracts.mezzanine import Mezzanine
from generator.domain.clip import Take
from generator.domain.ledger import Entry, State
from generator.domain.provider import (
    Capabilities,
    MaySend,
    OnShare,
    Order,
    Phase,
    SceneRequest,
    SeedPolicy,
    Status,
    Ticket,
)
from runtime.objects import LocalObjects, project_key, put_model
from runtime.work import Outcome, Waiting, Work

ROOT = UUID("6d1d7a5e-0000-4000-8000-000000000000")
JOB, USER, PROJECT = (uuid5(ROOT, name) for name in ("job", "user", "project"))
MAYA = Cast(name="Maya", color="#ee6352")
THEO = Cast(name="Theo", color="#3fa7d6")


def scene(index: int = 0, *, frames: int = 30, **changes: object) -> Scene:
    values: dict[str, Any] = {
        "index": index,
        "title": f"Scene {index + 1}",
        "frames": frames,
        "narration": "The light is on.",
        "lines": (Line(speaker="Maya", text="The light is on."),),
        "prompt": f"a hill by the sea, {index}",
        "characters": (MAYA,),
    }
    return Scene.model_validate(values | changes)


def plan(*scenes: Scene, size: tuple[int, int] = (320, 320), job: UUID = JOB) -> Plan:
    settings = GenerationSettings(width=size[0], height=size[1], fps=30)
    return Plan(job_id=job, title="A film", language="en", settings=settings, scenes=scenes)


async def planned(store: LocalObjects, made: Plan, *, user: UUID = USER) -> ScenesPlanned:
    ids = {"job_id": made.job_id, "user_id": user, "project_id": PROJECT}
    scenes = tuple(
        PlannedScene(index=s.index, title=s.title, prompt=s.prompt, frames=s.frames)
        for s in made.scenes
    )
    blank = ObjectRef(key="x", size=0, sha256="0" * 64, content_type="application/json")
    values = {"script_id": JOB, "title": made.title, "settings": made.settings, "scenes": scenes}
    event = ScenesPlanned.model_validate(ids | values | {"plan": blank})
    key = project_key(event, "jobs", str(made.job_id), "plan.json")
    return event.model_copy(update={"plan": await put_model(store, key, made)})


def request(
    *lines: Line,
    cast: Sequence[Cast] = (MAYA,),
    frames: int = 30,
    size: tuple[int, int] = (320, 180),
    camera: Camera = Camera.PUSH_IN,
    **changes: Any,
) -> SceneRequest:
    values: dict[str, Any] = {
        "title": "On the hill",
        "prompt": "a hill at sunrise",
        "negative_prompt": "",
        "style": "cinematic",
        "camera": camera,
        "frames": frames,
        "width": size[0],
        "height": size[1],
        "fps": 30,
        "lines": lines or (Line(speaker="Maya", text="The light is on."),),
        "cast": tuple(cast),
    }
    return SceneRequest(**(values | changes))


def order(asked: SceneRequest, token: str, *, since: float = 0.0, callback: str = "") -> Order:
    return Order(asked, token, since, callback)


def ticket(asked: SceneRequest, token: str, request_id: str) -> Ticket:
    return Ticket(order(asked, token), request_id)


@dataclass
class FakeKeeper:
    """Keeps what a handler saves and says, as the work table would."""

    checkpoint: Mapping[str, Any] = field(default_factory=dict[str, Any])
    saved: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    events: list[Event] = field(default_factory=list[Event])
    step: str = "make"

    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        if checkpoint is not None:
            self.checkpoint = checkpoint
            self.saved.append(checkpoint)
        self.events.extend(events)

    async def close(self, outcome: Outcome) -> None:
        """The transaction that ends a claim."""
        if isinstance(outcome, Waiting):
            self.checkpoint = outcome.checkpoint
            self.events.extend(outcome.events)

    def work(self, ordinal: int | None = 0, *, job: UUID = JOB, step: str = "") -> Work:
        """The row as the next claim of it would be."""
        step = step or self.step
        return Work(
            id=uuid5(job, f"{step}:{ordinal}"),
            step=step,
            job_id=job,
            ordinal=ordinal,
            attempt=len(self.saved) + 1,
            tries=0,
            checkpoint=self.checkpoint,
            event_id=ROOT,
            keeper=self,
        )


@dataclass
class FakeProvider:
    """A paid provider that makes a file of text.

    ``faults`` are raised by ``submit`` in turn, the others by their calls. ``hidden`` is how many
    looks do not show an order that is there.
    """

    phases: list[Phase] = field(default_factory=lambda: [Phase.SUCCEEDED])
    faults: list[FilmError] = field(default_factory=list[FilmError])
    poll_faults: list[FilmError] = field(default_factory=list[FilmError])
    look_faults: list[FilmError] = field(default_factory=list[FilmError])
    fetch_faults: list[FilmError] = field(default_factory=list[FilmError])
    refusal: ErrorCode = ErrorCode.AI_PROVIDER_FAILURE
    orders: dict[str, SceneRequest] = field(default_factory=dict[str, SceneRequest])
    sent: list[str] = field(default_factory=list[str])
    took_before_fault: bool = False
    hidden: int = 0
    progress: float = 0.5
    fetched: int = 0
    output: str = ""
    links: dict[str, str] = field(default_factory=dict[str, str])
    callbacks: list[str] = field(default_factory=list[str])
    polled: list[Ticket] = field(default_factory=list[Ticket])
    cancelled: list[str] = field(default_factory=list[str])
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            model="fake-1",
            max_seconds=10,
            usd_per_second=Decimal("0.05"),
            seed_policy=SeedPolicy.PROVIDER,
            can_reconcile=True,
        )
    )

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        assert may_send()
        self.sent.append(order.token)
        self.callbacks.append(order.callback)
        if self.faults:
            fault = self.faults.pop(0)
            if self.took_before_fault:
                self.orders[order.token] = order.request
            raise fault
        self.orders[order.token] = order.request
        return Ticket(order, f"order-{order.token}", links=self.links)

    async def reconcile(self, order: Order) -> Ticket | None:
        if self.look_faults:
            raise self.look_faults.pop(0)
        if self.hidden:
            self.hidden -= 1
            return None
        return Ticket(order, f"order-{order.token}") if order.token in self.orders else None

    async def poll(self, ticket: Ticket) -> Status:
        self.polled.append(ticket)
        if self.poll_faults:
            raise self.poll_faults.pop(0)
        phase = self.phases.pop(0) if len(self.phases) > 1 else self.phases[0]
        return Status(
            phase,
            progress=self.progress,
            poll_after=4.0,
            message="the model fell over",
            code=self.refusal,
            output=self.output,
        )

    async def cancel(self, ticket: Ticket) -> None:
        self.cancelled.append(ticket.order.token)

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        self.fetched += 1
        if self.fetch_faults:
            raise self.fetch_faults.pop(0)
        for share in (0.25, 0.5, 0.5, 0.25, 1.0):
            await on_share(share)
        path.write_text(ticket.request.prompt)


class FakeMezzanineMaker:
    """Takes any file as it is."""

    async def make(
        self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
    ) -> Path:
        await on_share(1.0)
        return source

    async def poster(self, clip: Path, frames: int, fps: int) -> bytes:
        return b"poster of " + clip.read_bytes()


@dataclass
class FakeClipCache:
    """A dictionary."""

    takes: dict[tuple[UUID, str], Take] = field(default_factory=dict[tuple[UUID, str], Take])

    async def get(self, user_id: UUID, wanted: str) -> Take | None:
        return self.takes.get((user_id, wanted))

    async def put(self, user_id: UUID, wanted: str, take: Take) -> None:
        self.takes[user_id, wanted] = take


ENDS = frozenset({State.SUCCEEDED, State.FAILED, State.GIVEN_UP, State.UNUSABLE})


@dataclass
class FakeAttemptLog:
    """A dictionary that keeps ends."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    states: list[State] = field(default_factory=list[State])

    async def record(self, entry: Entry) -> bool:
        self.states.append(entry.state)
        kept = self.entries.get(entry.token)
        news = kept is None or kept.state not in ENDS
        if kept is not None and kept.state is State.SUCCEEDED:
            news = entry.state is State.UNUSABLE
        if news:
            self.entries[entry.token] = entry
        return news


@dataclass
class FakeSisters:
    """Implements the ``Sisters`` port: films of which a scene has failed."""

    films: set[UUID] = field(default_factory=set[UUID])

    async def failed(self, job_id: UUID) -> bool:
        return job_id in self.films


def nowhere(hook: str, provider: str, event: Event, token: str) -> str:
    """Nobody can call us."""
    return ""


def take(name: str = "a", **changes: Any) -> Take:
    def ref(suffix: str) -> ObjectRef:
        return ObjectRef(key=f"clips/{name}{suffix}", size=1, sha256="1" * 64, content_type="x/y")

    clip = Clip(video=ref(".mp4"), poster=ref(".jpg"), width=320, height=180, fps=30, frames=30)
    values: dict[str, Any] = {
        "clip": clip,
        "provider": "fake",
        "cost_usd": "0.0500",
        "work_id": str(ROOT),
        "provider_request_id": "order-1",
    }
    return Take(**(values | changes))
