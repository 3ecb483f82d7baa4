"""Files of before UTF-8 are read where there is no doubt, and refused where there is.

Lines in the public domain: Natsume Soseki, I Am a Cat (1905); Tao Yuanming, The Peach Blossom
Spring (421); Kim Sowol, Azaleas (1922); Leo Tolstoy, Anna Karenina (1878); Marcel Proust,
Swann's Way (1913); Homer, Odyssey; Genesis.
"""

# Full-width commas and Cyrillic letters are what these files are made of.
# ruff: noqa: RUF001
import random

import pytest
from contracts.encodings import legacy_text
from contracts.errors import ErrorCode, Rejected
from contracts.sources import HEAD_BYTES, check_upload, decode_text
from contracts.values import SourceKind

JAPANESE = (
    "吾輩は猫である。名前はまだ無い。",
    "どこで生れたかとんと見当がつかぬ。",
    "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。",
)
TRADITIONAL = (
    "晉太元中，武陵人捕魚為業。",
    "緣溪行，忘路之遠近。",
    "忽逢桃花林，夾岸數百步，中無雜樹，芳草鮮美，落英繽紛。",
)
SIMPLIFIED = (
    "晋太元中，武陵人捕鱼为业。",
    "缘溪行，忘路之远近。",
    "忽逢桃花林，夹岸数百步，中无杂树，芳草鲜美，落英缤纷。",
)
KOREAN = (
    "나 보기가 역겨워 가실 때에는",
    "말없이 고이 보내 드리우리다.",
    "영변에 약산 진달래꽃 아름 따다 가실 길에 뿌리우리다.",
)
RUSSIAN = (
    "Все счастливые семьи похожи друг на друга,",
    "каждая несчастливая семья несчастлива по-своему.",
    "Все смешалось в доме Облонских.",
    "Жена узнала, что муж был в связи с бывшею в их доме француженкою-гувернанткой.",
)
FRENCH = (
    "Longtemps, je me suis couché de bonne heure.",
    "Parfois, à peine ma bougie éteinte, mes yeux se fermaient si vite",
    "que je n’avais pas le temps de me dire : « Je m’endors. »",
)
GREEK = (
    "Άνδρα μοι έννεπε, Μούσα, πολύτροπον, ος μάλα πολλά πλάγχθη,",
    "επεί Τροίης ιερόν πτολίεθρον έπερσε.",
)
HEBREW = ("בראשית ברא אלהים את השמים ואת הארץ.", "והארץ היתה תהו ובהו וחשך על פני תהום.")

LEGACY = [
    ("shift_jis", JAPANESE),
    ("euc_jp", JAPANESE),
    ("big5", TRADITIONAL),
    ("cp950", (*TRADITIONAL, "對碁。")),
    ("gb18030", TRADITIONAL),
    ("gb18030", SIMPLIFIED),
    ("euc_kr", KOREAN),
    ("cp1251", RUSSIAN),
    ("cp1252", FRENCH),
    ("utf-16", JAPANESE),
    ("utf-16", RUSSIAN),
]


def captions(lines: tuple[str, ...]) -> str:
    return "".join(
        f"{at}\n00:00:{at:02},000 --> 00:00:{at + 1:02},000\n{line}\n\n"
        for at, line in enumerate(lines, 1)
    )


@pytest.mark.parametrize(("encoding", "lines"), LEGACY)
def test_texts_and_captions_of_before_utf8_are_read(encoding: str, lines: tuple[str, ...]) -> None:
    for name, text in (("a.txt", "\r\n".join(lines)), ("a.srt", captions(lines))):
        data = text.encode(encoding)
        assert decode_text(data) == text
        check_upload(name, data, len(data))


@pytest.mark.parametrize(("encoding", "lines"), LEGACY)
def test_a_head_that_ends_inside_a_letter_is_known_as_well(
    encoding: str, lines: tuple[str, ...]
) -> None:
    for text in (captions(lines) * 400, "".join(lines) * 1200):
        data = text.encode(encoding)
        assert len(data) > HEAD_BYTES
        for cut in (HEAD_BYTES, HEAD_BYTES - 1):
            assert check_upload("a.txt", data[:cut], len(data)) is SourceKind.TEXT


@pytest.mark.parametrize(
    "data",
    [
        random.Random(1).randbytes(30),
        random.Random(2).randbytes(3000),
        bytes(random.Random(3).choices(range(0xA1, 0xFF), k=3000)),
        bytes(random.Random(4).choices(range(0x20, 0x100), k=3000)),
        b"\x89PNG\r\n\x1a\n" + random.Random(5).randbytes(3000),
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + random.Random(6).randbytes(3000),
        # Other scripts' encodings, which would make Russian of a sort.
        captions(GREEK).encode("cp1253"),
        captions(HEBREW).encode("cp1255"),
        captions(RUSSIAN).encode("koi8_r"),
        # Too few letters to tell.
        captions(("привет мир",)).encode("cp1251"),
        captions(("日本語の字幕",)).encode("shift_jis"),
        # One stray byte, and a letter of nobody's.
        captions(JAPANESE).encode("shift_jis") + b"\xff",
        captions(SIMPLIFIED).encode("gb18030") + "\ue000".encode("gb18030"),
    ],
)
def test_what_may_be_something_else_is_refused_with_the_next_step(data: bytes) -> None:
    with pytest.raises(Rejected, match=r"upload|Upload") as caught:
        check_upload("a.srt", data, len(data))
    assert caught.value.code is ErrorCode.INVALID_INPUT


def test_lines_of_two_languages_are_not_taken_for_accents() -> None:
    text = captions(tuple(f"Once more, said the cat.\n{line}" for line in SIMPLIFIED))
    assert decode_text(text.encode("gb18030")) == text


def test_accents_are_no_chinese() -> None:
    for encoding in ("cp1252", "cp1250"):
        assert (
            legacy_text("Grüße für Käthe, über München, Fräulein Müller".encode(encoding)) is None
        )
