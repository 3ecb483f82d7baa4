"""The film's sound on real files: as loud as it should be, without clicks."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from contracts.mezzanine import SAMPLE_RATE
from runtime.ffmpeg import Ffmpeg
from stitcher.adapters.mixing import FfmpegSound
from stitcher.domain.loudness import Hearing, integrated
from stitcher.domain.music import Music, bed
from stitcher.domain.sound import Track

from tests.adapters import media
from tests.adapters.cutting import Room, engine
from tests.adapters.dubbing import DIGEST, dubbed, heard, tone, whole

SECONDS = 6
PARTS = ([SECONDS], [1.5, 2.0, 0.5, 2.0])
"""A film of one passage, and one of three."""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


SOURCES = {
    "quiet": "sine=330:r=48000,volume=-18dB",
    "loud": "anoisesrc=r=48000:a=0.9:seed=1",
    "clipped": "sine=97:r=48000,volume=24dB",
    "peaks": "aevalsrc=0.02*sin(2*PI*220*t)+0.9*gt(mod(t\\,0.5)\\,0.495)*sin(2*PI*3000*t):s=48000",
    "low rate": "sine=440:r=8000,volume=-6dB",
}


@pytest.mark.parametrize("lengths", PARTS)
@pytest.mark.parametrize("name", SOURCES)
async def test_every_film_is_as_loud_as_it_should_be(
    room: Room, name: str, lengths: Sequence[float]
) -> None:
    source = tone(room.folder / "source.wav", SOURCES[name], SECONDS)
    track = Track("clips", (whole("a", SECONDS),))
    made = heard(await dubbed(room, [track], {"a": source}, lengths))
    assert made.lufs == pytest.approx(-14, abs=1)
    assert made.peak < -1


async def test_a_passage_is_heard_while_it_is_encoded_and_encoded_once(room: Room) -> None:
    source = tone(room.folder / "source.m4a", SOURCES["quiet"], SECONDS)
    ran: list[Sequence[str]] = []

    class Counted(Ffmpeg):
        async def run(self, args: Sequence[str], **told: Any) -> None:
            ran.append(args)
            await super().run(args, **told)

    room.sounds = FfmpegSound(Counted(engine().executable, asyncio.Semaphore(2)))
    made = await dubbed(room, [Track("clips", (whole("a", SECONDS),))], {"a": source}, [SECONDS])
    assert len(ran) == 2
    known = [Hearing(tuple(one["blocks"]), one["peak"]) for one in room.measured.known.values()]
    assert len(known) == 2
    assert integrated(known[1:]) == pytest.approx(heard(made).lufs, abs=0.1)
    assert known[1].peak == pytest.approx(heard(made).peak, abs=0.1)


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "flac"])
async def test_clips_are_heard_whatever_their_sound_is_encoded_by(room: Room, codec: str) -> None:
    clip = room.folder / "clip.mp4"
    seen = ("-f", "lavfi", "-i", "testsrc=s=64x64:d=2")
    sine = ("-f", "lavfi", "-i", "sine=330:r=48000:d=2")
    media.ffmpeg(*seen, *sine, "-shortest", "-c:a", codec, str(clip))
    track = Track("clips", (whole("a", 2),))
    made = heard(await dubbed(room, [track], {"a": clip}, [2]))
    assert made.lufs == pytest.approx(-14, abs=1)


async def test_silence_stays_silent(room: Room) -> None:
    assert heard(await dubbed(room, [], {}, [0.5, 0.5, 0.5])).lufs <= -60


@pytest.mark.parametrize("lengths", PARTS)
async def test_music_and_clips_give_way_to_a_voice_and_come_back(
    room: Room, lengths: Sequence[float]
) -> None:
    files = {
        "music": tone(room.folder / "music.wav", "sine=200:r=48000,volume=-3dB", SECONDS),
        "voice": tone(room.folder / "voice.wav", "sine=2000:r=48000", 2),
    }
    voice = Track("narration", (whole("voice", 2, 2),), leads=True)
    music = Track("music", (whole("music", SECONDS),), -6.0, ducked=True)
    out = await dubbed(room, [voice, music], files, lengths)
    low = tone_only(out, room.folder / "low.wav")
    before, under, after = (media.loudness(low, at, 0.5) for at in (1.2, 3.2, 5.2))
    assert before - under > 8
    assert after == pytest.approx(before, abs=1)


def tone_only(path: Path, low: Path) -> Path:
    """Nothing above the music's tone."""
    steep = ",".join(["lowpass=f=400"] * 4)
    media.ffmpeg("-i", str(path), "-af", steep, str(low))
    return low


async def test_repeated_music_has_no_clicks_and_no_holes(room: Room) -> None:
    source = tone(room.folder / "music.wav", "sine=220:r=48000,volume=-6dB", 3)
    music = Music("music", DIGEST, 3 * SAMPLE_RATE)
    pieces = bed(music, 8 * SAMPLE_RATE)
    assert len(pieces) > 2
    track = Track("music", pieces, ducked=True)
    out = await dubbed(room, [track], {"music": source}, [2, 2, 2, 2])
    inside = media.steepest(out, 1.5)
    for piece in pieces[1:]:
        at = piece.first / SAMPLE_RATE
        for joint in (at, at + piece.fade_in / SAMPLE_RATE):
            assert media.steepest(out, joint) < inside * 2
            assert media.loudness(out, joint, 0.3) > -26
