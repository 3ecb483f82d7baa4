"""The generator's pure rules: hashes, camera, timing, looks, and when a clip may be kept."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from contracts.documents import Camera, Line
from contracts.errors import Rejected
from contracts.mezzanine import Mezzanine
from generator.domain import camera
from generator.domain.clip import Probe, Sound, check_length, misfits
from generator.domain.figure import Mouth, figure, mouth
from generator.domain.look import Motif, look
from generator.domain.provider import (
    Capabilities,
    SeedPolicy,
    request_hash,
)
from generator.domain.timing import spans, words
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generator.making import THEO, request

CAN = Capabilities("m-1", 10, Decimal("0.05"), SeedPolicy.PROVIDER)
DRAWS = replace(CAN, draws_text=True)
PROFILE = Mezzanine(320, 180, 30)
GOOD = Probe(
    width=320,
    height=180,
    fps=Fraction(30),
    frames=60,
    start=0.0,
    seconds=2.0,
    keyframes=(0, 15, 30, 45),
    parameter_sets=b"sps",
    codec="h264",
    pixels="yuv420p",
    sound=Sound("aac", 48_000, 2, 96_000),
)


def test_equal_requests_have_one_hash_and_every_wish_changes_it() -> None:
    asked = request()
    wishes = [
        replace(asked, prompt="another"),
        replace(asked, style="noir"),
        replace(asked, frames=31),
        replace(asked, width=322),
        replace(asked, fps=24),
        replace(asked, camera=Camera.TILT_UP),
        replace(asked, cast=(THEO,)),
    ]
    hashes = [request_hash("p", CAN, wish) for wish in wishes]
    assert request_hash("p", CAN, request()) == request_hash("p", CAN, asked)
    assert len({*hashes, request_hash("p", CAN, asked)}) == len(wishes) + 1
    assert request_hash("q", CAN, asked) != request_hash("p", CAN, asked)
    assert request_hash("p", replace(CAN, model="m-2"), asked) != request_hash("p", CAN, asked)


def test_words_count_only_for_a_provider_that_draws_them() -> None:
    one, two = request(Line(text="One.")), request(Line(text="Two."))
    assert request_hash("p", CAN, one) == request_hash("p", CAN, two)
    assert request_hash("p", DRAWS, one) != request_hash("p", DRAWS, two)


def test_price_is_per_second() -> None:
    assert CAN.price(request(frames=45)) == Decimal("0.0750")


@given(st.sampled_from(list(Camera)), st.floats(0, 1), st.sampled_from([1.0, 1.5]))
def test_the_camera_never_leaves_the_picture(move: Camera, t: float, depth: float) -> None:
    seen = camera.window(move, t, depth=depth)
    left, top, right, bottom = seen.box(100, 100)
    # Nothing stands behind the nearer layer's edges, so only the landscape must stay inside.
    slack = 0.0 if depth == 1.0 else 100.0
    assert -1e-9 - slack <= left < right <= 100 + 1e-9 + slack
    assert -1e-9 - slack <= top < bottom <= 100 + 1e-9 + slack


@pytest.mark.parametrize("move", list(Camera))
def test_every_move_moves_all_the_time(move: Camera) -> None:
    seen = [camera.window(move, n / 60).box(1460, 820) for n in range(61)]
    steps = [max(abs(a - b) for a, b in zip(one, two, strict=True)) for one, two in pairwise(seen)]
    assert min(steps) > 0.1


@given(st.lists(st.integers(1, 50), min_size=1, max_size=9), st.integers(1, 900))
def test_lines_share_a_scene_without_gap_or_overlap(weights: list[int], frames: int) -> None:
    shared = spans(weights, frames)
    assert shared[0][0] == 0
    assert shared[-1][1] == frames
    assert all(a[1] == b[0] for a, b in pairwise(shared))


def test_a_text_without_spaces_still_has_length() -> None:
    assert words("two words") == 2
    assert words("春眠不覺曉處處聞啼鳥夜來風雨聲花落知多少,春眠不覺曉處處聞啼鳥") > 1
    assert words("") == 1


def test_a_look_follows_its_words_and_stays() -> None:
    assert look("a boat on the ocean", "", "x", "#ee6352").motif is Motif.SEA
    assert look("towers in the city", "", "x", "#ee6352").motif is Motif.CITY
    assert look("the sea", "Bread in the oven.", "x", "#ee6352").motif is Motif.LIGHTS
    assert look("words", "", "x", "#ee6352") == look("words", "", "x", "#ee6352")
    assert look("words", "", "x", "#ee6352") != look("words", "", "x", "#59cd90")


def test_a_character_keeps_its_face_and_its_mouth_moves() -> None:
    maya = figure("Maya", "#ee6352")
    assert figure("MAYA", "#ee6352") == replace(maya, name="MAYA")
    assert figure("Theo", "#ee6352") != replace(maya, name="Theo")
    assert {mouth(n, 30, 5) for n in range(60)} == set(Mouth)


def test_a_mezzanine_is_kept() -> None:
    assert misfits(GOOD, PROFILE, 60, b"sps") == []


@pytest.mark.parametrize(
    ("reason", "probe"),
    [
        ("size", replace(GOOD, width=322)),
        ("rate", replace(GOOD, fps=Fraction(30_000, 1_001))),
        ("frames", replace(GOOD, frames=61)),
        ("start", replace(GOOD, start=0.021)),
        ("keyframes", replace(GOOD, keyframes=(0, 15))),
        ("pixels", replace(GOOD, pixels="yuv444p")),
        ("parameter sets", replace(GOOD, parameter_sets=b"other")),
        ("sound", replace(GOOD, sound=None)),
        ("sound", replace(GOOD, sound=Sound("aac", 44_100, 2, 96_000))),
        ("sound", replace(GOOD, sound=Sound("aac", 48_000, 2, 90_000))),
    ],
)
def test_anything_else_is_named(reason: str, probe: Probe) -> None:
    assert misfits(probe, PROFILE, 60, b"sps") == [reason]


def test_a_clip_may_lack_a_quarter_second_not_more() -> None:
    check_length(replace(GOOD, seconds=1.76), PROFILE, 60)
    check_length(replace(GOOD, seconds=9.0), PROFILE, 60)
    with pytest.raises(Rejected, match="wrong length"):
        check_length(replace(GOOD, seconds=1.74), PROFILE, 60)


def test_keyframes_stand_where_transitions_begin_and_end() -> None:
    assert PROFILE.keyframes(150) == (0, 15, 30, 60, 120, 135)
    assert PROFILE.keyframes(60) == (0, 15, 30, 45)
    assert PROFILE.keyframes(30) == (0, 15)
    assert PROFILE.keyframes(10) == (0,)
    assert PROFILE.keyframes(1) == (0,)
