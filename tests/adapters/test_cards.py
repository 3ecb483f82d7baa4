"""Cards and thumbnails as they are drawn: in every shape, inside what every screen shows."""

import io
from pathlib import Path

import pytest
from contracts.mezzanine import Mezzanine
from contracts.values import Fit, Framing
from PIL import Image, ImageChops
from stitcher.adapters.cards import MOST_BYTES, PillowPainter
from stitcher.adapters.faces import OWN, Fonts, covers, settable
from stitcher.domain.cards import Words, safe, thumbnail_size

SHAPES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (360, 360)}
TEXTS = {
    "short": ("Moon", "en"),
    "long": ("The strange and surprising adventures of a film that had a very long title", "en"),
    "one word": ("Donaudampfschifffahrtsgesellschaftskapit\u00e4nswitwe" * 2, "de"),
    "right to left": (
        "\u0631\u062d\u0644\u0629 \u0625\u0644\u0649 \u0627\u0644\u0642\u0645\u0631", "ar",
    ),
    "signs": ("Up \U0001f680 and away!", "en"),
}  # fmt: skip
PLAIN = Framing()


@pytest.fixture
def painter() -> PillowPainter:
    return PillowPainter(Fonts(folders=()))


def poster(size: tuple[int, int] = (320, 180), colour: str = "#406090") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "JPEG")
    return target.getvalue()


def picture(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data)).convert("RGB")


def lettered(one: Image.Image) -> tuple[int, int, int, int]:
    """Where a picture is as bright as its letters."""
    box = one.convert("L").point([255 if value > 190 else 0 for value in range(256)]).getbbox()
    assert box is not None
    return box


def inside(box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    room = safe(*size)
    left, top, right, bottom = box
    across = left >= room.left - 1 and right <= room.left + room.width + 1
    return across and top >= room.top - 1 and bottom <= room.top + room.height + 1


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", SHAPES.values(), ids=SHAPES)
async def test_a_card_fills_the_picture_and_its_text_stays_inside(
    painter: PillowPainter, text: str, size: tuple[int, int]
) -> None:
    title, language = TEXTS[text]
    profile = Mezzanine(*size, 30)
    words = Words(title, "What is said below it, in a few more words")
    drawn = await painter.card(poster(), words, profile, framing=PLAIN, language=language)
    card = picture(drawn)
    assert card.size == size
    assert inside(lettered(card), size)
    again = await painter.card(poster(), words, profile, framing=PLAIN, language=language)
    assert again == drawn, "the same card is the same object"


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", SHAPES.values(), ids=SHAPES)
async def test_a_thumbnail_is_small_and_its_text_stays_inside(
    painter: PillowPainter, text: str, size: tuple[int, int]
) -> None:
    title, language = TEXTS[text]
    profile = Mezzanine(*size, 30)
    data, there = await painter.thumbnail(
        poster(), title, profile, framing=PLAIN, language=language
    )
    assert there
    assert len(data) < MOST_BYTES
    thumbnail = picture(data)
    assert thumbnail.size == thumbnail_size(profile)
    assert inside(lettered(thumbnail), thumbnail.size)


async def test_a_thumbnail_of_noise_is_still_small_enough(painter: PillowPainter) -> None:
    noise = Image.effect_noise((1280, 720), 120)
    target = io.BytesIO()
    noise.convert("RGB").save(target, "JPEG", quality=95)
    data, _ = await painter.thumbnail(
        target.getvalue(), "Noise", Mezzanine(640, 360, 30), framing=PLAIN, language="en"
    )
    assert len(data) < MOST_BYTES


async def test_letters_that_no_font_has_are_said(painter: PillowPainter) -> None:
    profile = Mezzanine(320, 180, 30)
    words = Words("\u8a69")
    assert await painter.card(poster(), words, profile, framing=PLAIN, language="ja") is None
    plain, there = await painter.thumbnail(
        poster(), words.text, profile, framing=PLAIN, language="ja"
    )
    assert not there
    assert picture(plain).size == (1280, 720)


def test_what_runs_from_right_to_left_is_not_set_unshaped() -> None:
    title, language = TEXTS["right to left"]
    assert Fonts(folders=(), shaped=True).face(title, language) == OWN
    assert Fonts(folders=(), shaped=False).face(title, language) is None
    assert Fonts(folders=(), shaped=False).face("Moon", language) == OWN


def test_fonts_of_the_machine_are_found_in_their_folders(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "broken.ttf").write_bytes(b"no font")
    (tmp_path / "deep" / "own.ttf").write_bytes(OWN.path.read_bytes())
    fonts = Fonts(folders=(tmp_path,))
    assert fonts.face("\u8a69", "ja") is None
    assert covers(OWN, "Moon \u041b\u0443\u043d\u0430")
    assert not covers(OWN, "\u8a69")
    assert settable(OWN, "to the \U000f0000 Moon") == "to the Moon"


@pytest.mark.parametrize("data", [None, b"", b"torn"])
async def test_a_card_needs_no_picture_behind_it(
    painter: PillowPainter, data: bytes | None
) -> None:
    profile = Mezzanine(320, 180, 30)
    card = await painter.card(data, Words("Moon"), profile, framing=PLAIN, language="en")
    assert inside(lettered(picture(card)), (320, 180))


async def test_a_poster_gets_the_films_shape(painter: PillowPainter) -> None:
    own = poster()
    assert await painter.poster(own, Mezzanine(640, 360, 30), PLAIN) == own
    assert await painter.poster(b"torn", Mezzanine(360, 640, 30), PLAIN) == b"torn"
    upright = Mezzanine(360, 640, 30)
    cropped = picture(await painter.poster(own, upright, PLAIN))
    whole = picture(await painter.poster(own, upright, Framing(fit=Fit.BLUR)))
    assert cropped.size == whole.size == (360, 640)
    difference = ImageChops.difference(cropped, whole).convert("L")
    assert difference.getpixel((180, 320)) == pytest.approx(0, abs=6)
    assert difference.getpixel((180, 20)) != pytest.approx(0, abs=20), "a darker ground"
