"""The film's sound on real files: as loud as it should be, without clicks; captions drawn."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from contracts.documents import Line
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import SAMPLE_RATE, Mezzanine
from contracts.values import CaptionSettings
from stitcher.adapters import loudness, sounds, synthesis
from stitcher.adapters.beds import SynthesisedBeds, seconds_of
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.recording import Recorder
from stitcher.adapters.sounds import Audible
from stitcher.domain import subtitles
from stitcher.domain.beds import BEDS
from stitcher.domain.captions import Cue, cues
from stitcher.domain.music import Music, bed
from stitcher.domain.segments import Footage, Span, Window
from stitcher.domain.sound import Piece, Soundtrack, Track

from tests.adapters import media
from tests.adapters.cutting import PROFILE, engine, mezzanine
from tests.unit.stitcher.making import plan
from tests.unit.stitcher.test_captions import film as laid

DIGEST = "0" * 64
SECONDS = 6


@pytest.fixture
def films() -> FfmpegFilm:
    return FfmpegFilm(engine())


def tone(path: Path, graph: str, seconds: float) -> Path:
    media.ffmpeg("-f", "lavfi", "-i", graph, "-t", str(seconds), str(path))
    return path


def whole(name: str, seconds: float = SECONDS, first: float = 0.0) -> Piece:
    samples = round(seconds * SAMPLE_RATE)
    return Piece(name, DIGEST, 0, round(first * SAMPLE_RATE), samples, 240, 240)


async def mixed(
    films: FfmpegFilm,
    tracks: Sequence[Track],
    files: dict[str, Path],
    path: Path,
    seconds: float = SECONDS,
) -> loudness.Loudness:
    """The sound of these tracks at ``path``, and how loud it is."""
    wanted = Soundtrack(PROFILE, tuple(tracks), round(seconds * SAMPLE_RATE))
    await films.mix(wanted, files, path)
    assert await films.heard(path, wanted.samples)
    report = path.with_suffix(".report")
    media.ffmpeg(*loudness.measuring(path, report))
    return loudness.read(report)


SOURCES = {
    "quiet": "sine=330:r=48000,volume=-18dB",
    "loud": "anoisesrc=r=48000:a=0.9:seed=1",
    "clipped": "sine=97:r=48000,volume=24dB",
    "peaks": "aevalsrc=0.02*sin(2*PI*220*t)+0.9*gt(mod(t\\,0.5)\\,0.495)*sin(2*PI*3000*t):s=48000",
    "low rate": "sine=440:r=8000,volume=-6dB",
}


@pytest.mark.parametrize("name", SOURCES)
async def test_every_film_is_as_loud_as_it_should_be(
    films: FfmpegFilm, tmp_path: Path, name: str
) -> None:
    source = tone(tmp_path / "source.wav", SOURCES[name], SECONDS)
    track = Track("clips", (whole("a"),))
    made = await mixed(films, [track], {"a": source}, tmp_path / "out.mp4")
    assert made.lufs == pytest.approx(-14, abs=1)
    assert made.peak < -1


async def test_a_sound_is_heard_while_it_is_encoded_and_encoded_once(tmp_path: Path) -> None:
    source = tone(tmp_path / "source.m4a", SOURCES["quiet"], SECONDS)
    wanted = Soundtrack(PROFILE, (Track("clips", (whole("a"),)),), SECONDS * SAMPLE_RATE)
    raw, report, path = (tmp_path / name for name in ("it's: raw.wav", "it's: a report", "o.mp4"))
    ran: list[list[str]] = []

    async def run(args: Sequence[str]) -> None:
        ran.append(list(args))
        await engine().run(args)

    await run(sounds.mixing(wanted, {"a": Audible(source, "aac")}, raw, report))
    await loudness.level(run, wanted, raw, report, path)
    assert len(ran) == 2
    heard = loudness.read(report)
    media.ffmpeg(*loudness.measuring(path, report))
    assert heard.lufs == pytest.approx(loudness.read(report).lufs, abs=0.1)
    assert heard.peak == pytest.approx(loudness.read(report).peak, abs=0.1)


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "flac"])
async def test_clips_are_heard_whatever_their_sound_is_encoded_by(
    films: FfmpegFilm, tmp_path: Path, codec: str
) -> None:
    clip = tmp_path / "clip.mp4"
    seen = ("-f", "lavfi", "-i", "testsrc=s=64x64:d=2")
    heard = ("-f", "lavfi", "-i", "sine=330:r=48000:d=2")
    media.ffmpeg(*seen, *heard, "-shortest", "-c:a", codec, str(clip))
    track = Track("clips", (whole("a", 2),))
    made = await mixed(films, [track], {"a": clip}, tmp_path / "out.mp4", 2)
    assert made.lufs == pytest.approx(-14, abs=1)


async def test_silence_stays_silent(films: FfmpegFilm, tmp_path: Path) -> None:
    made = await mixed(films, [], {}, tmp_path / "out.mp4", 1.0)
    assert made.lufs <= -60


async def test_music_and_clips_give_way_to_a_voice_and_come_back(
    films: FfmpegFilm, tmp_path: Path
) -> None:
    files = {
        "music": tone(tmp_path / "music.wav", "sine=200:r=48000,volume=-3dB", SECONDS),
        "voice": tone(tmp_path / "voice.wav", "sine=2000:r=48000", 2),
    }
    voice = Track("narration", (whole("voice", 2, 2),), leads=True)
    music = Track("music", (whole("music"),), -6.0, ducked=True)
    out = tmp_path / "out.mp4"
    await mixed(films, [voice, music], files, out)
    low = tone_only(out, tmp_path / "low.wav")
    before, under, after = (media.loudness(low, at, 0.5) for at in (1.2, 3.2, 5.2))
    assert before - under > 8
    assert after == pytest.approx(before, abs=1)


def tone_only(path: Path, low: Path) -> Path:
    """Nothing above the music's tone."""
    steep = ",".join(["lowpass=f=400"] * 4)
    media.ffmpeg("-i", str(path), "-af", steep, str(low))
    return low


async def test_repeated_music_has_no_clicks_and_no_holes(films: FfmpegFilm, tmp_path: Path) -> None:
    source = tone(tmp_path / "music.wav", "sine=220:r=48000,volume=-6dB", 3)
    music = Music("music", DIGEST, 3 * SAMPLE_RATE)
    pieces = bed(music, 8 * SAMPLE_RATE)
    assert len(pieces) > 2
    out = tmp_path / "out.mp4"
    await mixed(films, [Track("music", pieces, ducked=True)], {"music": source}, out, 8)
    inside = media.steepest(out, 1.5)
    for piece in pieces[1:]:
        at = piece.first / SAMPLE_RATE
        for joint in (at, at + piece.fade_in / SAMPLE_RATE):
            assert media.steepest(out, joint) < inside * 2
            assert media.loudness(out, joint, 0.3) > -26


async def test_lines_are_alike_in_their_places_and_hurried_where_they_must_be(
    tmp_path: Path,
) -> None:
    recorder = Recorder()
    padded = "adelay=500,apad=pad_dur=0.5"
    quiet = tone(tmp_path / "q.wav", f"sine=300:r=22050:d=1,volume=-20dB,{padded}", 2)
    loud = tone(tmp_path / "l.wav", "sine=300:r=48000:d=2,volume=6dB", 2)
    first = await recorder.tidy(quiet, tmp_path / "q2.wav")
    second = await recorder.tidy(loud, tmp_path / "l2.wav")
    assert first == (pytest.approx(1.0, abs=0.05), pytest.approx(0.5, abs=0.05))
    assert second == (pytest.approx(2.0, abs=0.05), pytest.approx(0.0, abs=0.05))
    out = tmp_path / "narration.wav"
    lines = [(tmp_path / "q2.wav", 0.5, 1.0, 1.0), (tmp_path / "l2.wav", 2.0, 2 / 1.6, 1.6)]
    await recorder.record(lines, 4 * SAMPLE_RATE, out)
    assert seconds_of(out) == 4.0
    assert media.loudness(out, 0.6, 0.8) == pytest.approx(media.loudness(out, 2.1, 1.0), abs=1)
    for silent in (0.1, 1.65, 3.4):
        assert media.loudness(out, silent, 0.2) < -70
    assert media.loudness(out, 3.0, 0.15) > -30


async def test_a_line_that_is_cut_off_ends_softly(tmp_path: Path) -> None:
    recorder = Recorder()
    source = tone(tmp_path / "s.wav", "sine=300:r=48000", 2)
    await recorder.tidy(source, tmp_path / "t.wav")
    await recorder.record([(tmp_path / "t.wav", 0.0, 0.5, 1.0)], SAMPLE_RATE, tmp_path / "n.wav")
    assert media.steepest(tmp_path / "n.wav", 0.5) <= media.steepest(tmp_path / "n.wav", 0.2) * 1.05


async def test_what_is_no_voice_is_not_recorded(tmp_path: Path) -> None:
    silent = tone(tmp_path / "s.wav", "anullsrc=r=24000:cl=mono", 1)
    garbage = tmp_path / "g.wav"
    garbage.write_bytes(b"RIFF" + bytes(200))
    for path in (silent, garbage):
        assert await Recorder().tidy(path, tmp_path / "t.wav") is None


@pytest.mark.parametrize("name", BEDS)
def test_beds_are_alike_and_end_as_they_begin(name: str) -> None:
    sound = synthesis.render(BEDS[name])
    assert sound.shape == (2, synthesis.length(BEDS[name]))
    assert np.array_equal(sound, synthesis.render(BEDS[name]))
    assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-20, abs=0.5)
    steps = np.abs(np.diff(sound, axis=1))
    assert np.abs(sound[:, 0] - sound[:, -1]).max() <= steps.max()


async def test_uploads_are_heard_before_they_are_taken(tmp_path: Path) -> None:
    beds = SynthesisedBeds()
    music = tone(tmp_path / "m.mp3", "sine=220:r=44100", 3)
    path, samples = await beds.upload(music)
    assert samples >= 120 * SAMPLE_RATE
    assert seconds_of(path) == samples / SAMPLE_RATE
    assert media.steepest(path, 2.5) < media.steepest(path, 0.3) * 1.6
    for name, content in {"text.mp3": b"no music", "nothing.wav": b""}.items():
        bad = tmp_path / name
        bad.write_bytes(content)
        with pytest.raises(Rejected) as refusal:
            await beds.upload(bad)
        assert refusal.value.code is ErrorCode.INVALID_INPUT


# Homer, "Odyssey", book 1; Genesis 1:1 (public domain).
TEXTS = {
    "latin": "Sing to me of the man, Muse",
    "greek": "ἄνδρα μοι ἔννεπε, μοῦσα",
    "hebrew": "בראשית ברא אלהים את השמים",
}


@pytest.mark.parametrize("name", TEXTS)
async def test_captions_are_drawn_where_and_when_they_are_due(
    films: FfmpegFilm, tmp_path: Path, name: str
) -> None:
    clip = await mezzanine(tmp_path, "clip", 30, filters="drawbox=c=black:t=fill", sound=False)
    (cue,) = cues(laid(30), plan([Line(text=TEXTS[name])]))
    style = CaptionSettings(burn=True, karaoke=True)
    text = subtitles.drawn([Cue(10, 20, cue.text)], style, PROFILE, 0, 30)
    out = tmp_path / "out.mp4"
    window = Window(Span(0, 0, 30), None, None)
    await films.encode(window, {0: Footage(clip)}, out, PROFILE, text)
    assert media.complaints(out) == ""
    pictures = [np.asarray(picture) for picture in media.pictures(out)]
    bright = [int(picture.max()) > 150 for picture in pictures]
    assert bright == [10 <= n < 20 for n in range(30)]
    rows, columns = np.nonzero(pictures[15] > 150)
    assert rows.min() > PROFILE.height / 2
    assert columns.min() > 0.04 * PROFILE.width
    assert columns.max() < 0.96 * PROFILE.width
    assert abs((columns.min() + columns.max()) / 2 - PROFILE.width / 2) < 0.05 * PROFILE.width


async def test_a_captioned_stretch_can_stand_in_the_film(films: FfmpegFilm, tmp_path: Path) -> None:
    clip = await mezzanine(tmp_path, "clip", 90)
    text = subtitles.drawn([Cue(0, 90, "Words")], CaptionSettings(burn=True), PROFILE, 0, 60)
    out = tmp_path / "out.mp4"
    await films.encode(Window(Span(0, 30, 90), None, None), {0: Footage(clip)}, out, PROFILE, text)
    assert await films.whole(out, Mezzanine(320, 180, 30), 60)


@pytest.mark.parametrize(("text", "there"), [("Muse, ברא", True), ("\U00012000", False)])
async def test_letters_without_a_font_are_noticed(
    films: FfmpegFilm, tmp_path: Path, text: str, there: bool
) -> None:
    def draw(letter: str) -> str:
        style = CaptionSettings(burn=True)
        return subtitles.drawn([Cue(0, 30, letter)], style, PROFILE, 0, 1) or ""

    assert await films.legible(text, draw, tmp_path) is there
