"""From a source to a film on disk, and the honest end when there is none."""

from pathlib import Path

import httpx
import pytest
from studio.client import Job
from studio.making import check_source, file_name, make_film, until_over
from studio.trouble import Away, Exit, Trouble
from studio.watching import Pace, follow

from tests.unit.studio.gateway import FILM, FakeGateway, client_of, job, problem

AT_ONCE = Pace(at_least_every=0.01, at_most_every=0.0, reconnect=0.0, patience=3)
ERROR = {"code": "TRANSCRIPT_MISSING", "title": "No words", "next_step": "Upload text."}


class Seen:
    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    def show(self, phase: str, job: Job) -> None:
        self.shown.append((phase, job.status))


@pytest.mark.parametrize(
    "link",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "http://example.org/",
        "youtu.be/dQw4w9WgXcQ",
        "www.youtube.com/watch?v=dQw4w9WgXcQ",
        "M.youtube.com/watch?v=dQw4w9WgXcQ",
    ],
)
def test_links_are_left_to_the_gateway(link: str) -> None:
    assert check_source(link) == link


def test_a_path_is_checked_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "talk.vtt").write_text("WEBVTT")
    assert check_source(str(tmp_path / "talk.vtt")) == tmp_path / "talk.vtt"
    for wrong, words in ((tmp_path, "is a folder"), (tmp_path / "none", "There is no file")):
        with pytest.raises(Trouble, match=words) as caught:
            check_source(str(wrong))
        assert caught.value.code is Exit.USAGE
        assert ".vtt" in caught.value.next_step


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Moonlight", "Moonlight"),
        ("a/b\\c: d?", "a b c d"),
        ("../../etc/passwd", "etc passwd"),
        ("Über-Größe 2.0", "Über-Größe 2.0"),
        ("", "film"),
        ("...", "film"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_title_becomes_a_safe_file_name(title: str, name: str) -> None:
    assert file_name(title) == name


async def test_a_file_becomes_a_film_with_captions_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moonlight.vtt").write_text("WEBVTT")
    gateway = FakeGateway(job("running"), job("succeeded"))
    seen = Seen()
    times = iter([100.0, 161.5])
    async with client_of(gateway) as client:
        film = await make_film(
            client, Path("moonlight.vtt"), None, seen, pace=AT_ONCE, now=lambda: next(times)
        )
    assert film.video == Path("demo/moonlight.mp4")
    assert film.video.read_bytes() == FILM
    assert film.captions.name == "moonlight.srt"
    assert film.captions.exists()
    assert (film.scenes, film.seconds, film.took) == (2, 64.6, 61.5)
    assert seen.shown[0] == ("reading the words", "running")
    assert seen.shown[-1] == ("making the film", "succeeded")
    posts = [request.url.path for request in gateway.asked if request.method == "POST"]
    assert posts == ["/api/v1/imports", "/api/v1/jobs"]


async def test_a_links_film_is_named_after_its_title_or_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with client_of(FakeGateway(job("succeeded"))) as client:
        film = await make_film(client, "https://youtu.be/x", None, Seen(), pace=AT_ONCE)
        asked = await make_film(client, "https://youtu.be/x", Path("my.mp4"), Seen(), pace=AT_ONCE)
    assert film.video == Path("demo/Moon light.mp4")
    assert asked.video == Path("my.mp4")


async def test_a_failed_job_is_told_with_its_code_and_next_step() -> None:
    gateway = FakeGateway(job("failed", error={**ERROR, "message": "The file has no cues."}))
    async with client_of(gateway) as client:
        with pytest.raises(Trouble) as caught:
            await until_over(client, "j", "phase", Seen(), AT_ONCE)
    assert caught.value.line == "TRANSCRIPT_MISSING: No words. The file has no cues."
    assert caught.value.next_step == "Upload text."
    assert caught.value.code is Exit.FAILED


async def test_a_job_that_waits_for_another_source_ends_the_watch_with_a_clear_word() -> None:
    error = {**ERROR, "message": "This video has no captions."}
    gateway = FakeGateway(job("running"), job("needs_source", error=error))
    seen = Seen()
    async with client_of(gateway) as client:
        with pytest.raises(Trouble) as caught:
            await until_over(client, "j", "phase", seen, AT_ONCE)
    assert caught.value.line == "Job j waits for another source. This video has no captions."
    assert "/api/v1/imports/j/source" in caught.value.next_step
    assert caught.value.code is Exit.FAILED
    assert seen.shown[-1] == ("phase", "needs_source")


async def test_a_job_that_waits_for_a_review_ends_the_watch_with_what_to_do() -> None:
    async with client_of(FakeGateway(job("running"), job("needs_review"))) as client:
        with pytest.raises(Trouble, match="Job j waits for your review") as caught:
            await until_over(client, "j", "phase", Seen(), AT_ONCE)
    assert "/api/v1/jobs/j/approve" in caught.value.next_step


async def test_a_cancelled_job_without_an_error_is_told() -> None:
    async with client_of(FakeGateway(job("cancelled"))) as client:
        with pytest.raises(Trouble, match="Job j was cancelled"):
            await until_over(client, "j", "phase", Seen(), AT_ONCE)


async def test_only_changes_are_shown() -> None:
    gateway = FakeGateway(*[job("running")] * 3, job("running", progress=50), job("succeeded"))
    async with client_of(gateway) as client:
        seen = [(found.status, found.progress) async for found in follow(client, "j", AT_ONCE)]
    assert seen == [("running", 0), ("running", 50), ("succeeded", 0)]


async def test_a_gateway_that_is_away_for_a_moment_is_waited_for() -> None:
    away = problem(503, "STORAGE_FAILED")
    gateway = FakeGateway(job("running"), away, away, job("succeeded"))
    async with client_of(gateway) as client:
        seen = [found.status async for found in follow(client, "j", AT_ONCE)]
    assert seen == ["running", "succeeded"]


async def test_a_gateway_that_stays_away_is_given_up() -> None:
    async with client_of(FakeGateway(problem(503, "STORAGE_FAILED"))) as client:
        with pytest.raises(Away):
            _ = [found async for found in follow(client, "j", AT_ONCE)]


async def test_an_unknown_job_is_not_waited_for() -> None:
    gateway = FakeGateway(problem(404))
    async with client_of(gateway) as client:
        with pytest.raises(Trouble, match="NOT_FOUND"):
            _ = [found async for found in follow(client, "j", AT_ONCE)]
    looks = [request for request in gateway.asked if not request.url.path.endswith("/events")]
    assert len(looks) == 1


async def test_a_stream_that_breaks_does_not_matter() -> None:
    gateway = FakeGateway(job("running"), job("succeeded"))

    def without_stream(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            raise httpx.ReadError("reset", request=request)
        return gateway(request)

    async with client_of(without_stream) as client:
        seen = [found.status async for found in follow(client, "j", AT_ONCE)]
    assert seen == ["running", "succeeded"]
