"""yt-dlp's command, played by a script: what it writes, says and never ends."""

import os
import stat
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from transcriber.adapters.video_sounds import YtDlpSounds

VIDEO = "dQw4w9_-gXc"
FIND = 'while [ "$1" != "--output" ]; do shift; done; out="$2"\n'
WRITE = FIND + 'printf sound > "${out%\\%(ext)s}webm"\n'


def command(folder: Path, script: str) -> YtDlpSounds:
    path = folder / "yt-dlp"
    path.write_text(f"#!/bin/sh\necho \"$@\" > '{folder}/asked'\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return YtDlpSounds(str(path), timeout=10, max_seconds=3600, max_bytes=1000)


async def test_the_sound_of_one_video_is_fetched_within_limits(tmp_path: Path) -> None:
    sounds = command(tmp_path, WRITE)
    found = await sounds.fetch(VIDEO, tmp_path)
    assert found == tmp_path / "sound.webm"
    assert found.read_bytes() == b"sound"
    asked = (tmp_path / "asked").read_text()
    assert asked.endswith(f"-- https://www.youtube.com/watch?v={VIDEO}\n")
    for told in ("duration<=3600", "!is_live", "--max-filesize 1000", "--ignore-config"):
        assert told in asked


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("echo 'ERROR: Private video. Sign in' >&2; exit 1", ErrorCode.INVALID_SOURCE),
        ("echo 'ERROR: Video unavailable' >&2; exit 1", ErrorCode.INVALID_SOURCE),
        ("echo 'Sign in to confirm your age' >&2; exit 1", ErrorCode.INVALID_SOURCE),
        ("exit 0", ErrorCode.TRANSCRIPT_MISSING),
        (FIND + ': > "${out%\\%(ext)s}webm"', ErrorCode.TRANSCRIPT_MISSING),
        (FIND + 'head -c 2000 /dev/zero > "${out%\\%(ext)s}webm"', ErrorCode.TRANSCRIPT_MISSING),
        (FIND + 'printf x > "${out%\\%(ext)s}webm.part"', ErrorCode.TRANSCRIPT_MISSING),
    ],
)
async def test_a_video_that_has_none_is_refused(
    tmp_path: Path, script: str, code: ErrorCode
) -> None:
    with pytest.raises(Rejected) as caught:
        await command(tmp_path, script).fetch(VIDEO, tmp_path)
    assert caught.value.code is code
    assert "pload" in caught.value.message


@pytest.mark.parametrize(
    "script",
    [
        "echo 'Sign in to confirm you are not a bot' >&2; exit 1",
        "echo 'HTTP Error 403: Forbidden' >&2; exit 1",
        "echo 'HTTP Error 429: Too Many Requests. Video unavailable' >&2; exit 1",
        "head -c 200000 /dev/zero >&2; exit 3",
        "kill -9 $$",
    ],
)
async def test_what_may_pass_is_tried_again_later(tmp_path: Path, script: str) -> None:
    with pytest.raises(Transient) as caught:
        await command(tmp_path, script).fetch(VIDEO, tmp_path)
    assert caught.value.code is ErrorCode.SOURCE_BLOCKED
    assert len(caught.value.detail) <= 300


async def test_a_command_that_never_ends_is_ended_with_its_children(tmp_path: Path) -> None:
    script = f"sh -c 'echo $$ > {tmp_path}/child; exec sleep 60' & wait"
    sounds = YtDlpSounds(command(tmp_path, script).command, 0.5, max_seconds=60, max_bytes=9)
    with pytest.raises(Transient):
        await sounds.fetch(VIDEO, tmp_path)
    child = int((tmp_path / "child").read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


async def test_a_command_that_is_not_there_is_no_bug(tmp_path: Path) -> None:
    assert not os.path.lexists(tmp_path / "none")
    sounds = YtDlpSounds(str(tmp_path / "none"), 1, max_seconds=60, max_bytes=9)
    with pytest.raises(Transient) as caught:
        await sounds.fetch(VIDEO, tmp_path)
    assert caught.value.code is ErrorCode.SOURCE_BLOCKED
