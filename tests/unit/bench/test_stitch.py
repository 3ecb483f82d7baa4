"""The film's benchmark: what is asked for, what its gates catch, and what its page says."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.mezzanine import Mezzanine

from bench.stitch import cases, figures, gates, graphs, killing, report
from bench.stitch.__main__ import asked, steps
from bench.stitch.cases import CASES, COPY, GRAPH, OURS
from bench.stitch.clips import Sizes, renamed
from bench.stitch.figures import Figures
from bench.stitch.gates import Film, GateError
from bench.stitch.graphs import Further
from bench.stitch.measure import Cost, cost
from bench.stitch.running import Ran

SIZES = Sizes(3, 90, Mezzanine(320, 180, 30))
GOOD = Film(frames=240, start=0.0, seconds=8.0, heard=8.01, warnings=0)


def test_a_film_as_planned_passes() -> None:
    assert SIZES.film(fades=True) == 240
    assert gates.wrong(GOOD, 240, 30) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frames": 241}, "241 frames instead of 240"),
        ({"frames": 239}, "239 frames instead of 240"),
        ({"seconds": 8.0334}, "8.0334 s long"),
        ({"start": 0.021}, "starts at 0.0210 s"),
        ({"heard": 8.04}, "sound ends at 8.0400 s"),
        ({"warnings": 1}, "1 warnings"),
    ],
)
def test_a_film_that_is_not_as_planned_is_caught(change: dict[str, float], said: str) -> None:
    assert said in gates.wrong(replace(GOOD, **change), 240, 30)


def test_similarity_is_what_ffmpeg_said_last() -> None:
    log = "SSIM Y:0.9 All:0.912345 (10)\n[Parsed_ssim] SSIM Y:0.99 U:0.98 All:0.991234 (20.5)"
    assert gates.similarity(log) == 0.991234
    with pytest.raises(GateError):
        gates.similarity("Conversion failed!")


def test_cases_and_makers_are_chosen_by_name() -> None:
    assert cases.chosen("c, a") == ["a", "a last", "a again", "c", "c last"]
    assert cases.makers("copy,ours") == (OURS, COPY)
    for wrong in (lambda: cases.chosen("a,z"), lambda: cases.makers("premiere")):
        with pytest.raises(ValueError, match=r"z|premiere"):
            wrong()


def test_rounds_are_made_in_turns() -> None:
    options = asked(["--cases", "a,b", "--by", "ours,graph,moviepy", "--repeat", "2"])
    first = [("a", OURS), ("a last", OURS), ("a again", OURS)]
    once = [*first, ("b", OURS), ("b", GRAPH), ("b last", OURS)]
    assert steps(options, peers=False) == once * 2
    assert ("b", "moviepy") in steps(options, peers=True)


def test_quick_is_small_unless_told_otherwise() -> None:
    assert asked([]).size == "1920x1080"
    quick = asked(["--quick", "--clips", "5"])
    assert (quick.clips, quick.size, quick.repeat) == (5, "640x360", 1)
    assert asked(["--write"]).write.name == "RESULTS.md"


@pytest.mark.parametrize("words", [["--cases", "z"], ["--by", "premiere"]])
def test_what_is_not_known_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        asked(words)
    assert words[0] in capsys.readouterr().err


def test_figures_of_several_goes_are_one(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    first = figures.opened(path, "clips")
    first.add("a", OURS, Ran(Cost(1.0, 2.0, 100.0), 360, 0.0, 9, 0.99))
    figures.saved(first, path)
    again = figures.opened(path, "clips")
    again.add("a", OURS, Ran(Cost(3.0, 2.0, 300.0), 360, 0.0, 9))
    assert again.cost("a", OURS) == Cost(2.0, 2.0, 200.0)
    assert again.cost("a", COPY) is None
    assert figures.opened(path, "other clips").runs == []


def found() -> Figures:
    made = Figures(about="3 clips", goes=["today"])
    for case, by, cpu, frames in (
        ("a", OURS, 2.0, 270),
        ("a", COPY, 1.0, 270),
        ("b", OURS, 10.0, 240),
        ("b", GRAPH, 80.0, 240),
        ("g", OURS, 60.0, 1200),
        ("m", OURS, 90.0, 0),
    ):
        made.add(
            case,
            by,
            Ran(Cost(cpu, cpu, 100.0), frames, 0.0, 2_500_000, 0.991 if by == OURS else None),
        )
    return made


def test_the_page_says_what_was_measured_and_nothing_else() -> None:
    page = report.page(found())
    assert "a, warm, takes 2.00 times the wall seconds of the copy floor." in page
    assert "b, warm, takes 1/8.0 of the one graph's CPU seconds." in page
    assert "b, cold, takes 1.25 times the one graph's CPU seconds." in page
    assert "a frame of g takes 1.20 times the CPU seconds of a frame of b." in page
    assert (
        "| b) 0.5 s cross-fades | ours, warm | 1 | 10.00 | 10.00 | 100 | 240 | 0.000 | 2.5 |"
        in page
    )
    assert "MoviePy" not in report.table(found())
    assert "e takes" not in report.ratios(found())


def test_one_graph_has_every_clip_and_sound_once() -> None:
    clips = [Path(f"/c/{n}.mp4") for n in range(3)]
    further = Further(Path("/n.wav"), Path("/m.wav"), Path("/c.ass"), Path("/fonts"))
    words = graphs.one_graph(clips, Path("/o.mp4"), SIZES, further, captioned=True)
    assert [words[n + 1] for n, word in enumerate(words) if word == "-i"] == [
        *map(str, clips), "/n.wav", "/m.wav",
    ]  # fmt: skip
    graph = words[words.index("-filter_complex") + 1]
    assert "offset=2.500000" in graph
    assert "offset=5.000000" in graph
    assert "ass=filename=/c.ass" in graph
    plain = graphs.one_graph(clips, Path("/o.mp4"), SIZES)
    assert "ass=" not in plain[plain.index("-filter_complex") + 1]


def test_a_film_is_compared_to_its_clips_joined_likewise() -> None:
    clips = [Path(f"/c/{n}.mp4") for n in range(3)]
    cuts = " ".join(graphs.comparing(Path("/f.mp4"), clips, SIZES, None, fades=False))
    assert "[p0][p1][p2]concat=n=3[v]" in cuts
    assert "xfade" not in cuts
    assert graphs.comparing(Path("/f.mp4"), clips, SIZES, None, fades=True)[-4].count("xfade") == 2


def test_a_renamed_clip_is_the_same_in_other_bytes(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"0123")
    made = renamed(clip, tmp_path / "again.mp4").read_bytes()
    assert made == b"0123" + (8 + 9).to_bytes(4) + b"free" + b"again.mp4"


def test_what_a_command_says_of_itself_counts(tmp_path: Path) -> None:
    said = cost(
        [sys.executable, "-S", "-c", 'print(\'{"wall": 2.5, "cpu": 1.5}\')'], tmp_path / "l"
    )
    assert (said.wall, said.cpu) == (2.5, 1.5)
    with pytest.raises(RuntimeError, match="ended with 3"):
        cost([sys.executable, "-S", "-c", "raise SystemExit(3)"], tmp_path / "l")


HALF = """
import pathlib, sys, time
home = pathlib.Path(sys.argv[1]) / "objects" / "meta" / "p" / "segments"
home.mkdir(parents=True)
for n in range(2):
    (home / f"{n}.mp4").touch()
time.sleep(60)
"""


def test_a_film_is_killed_half_way(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", HALF, str(tmp_path)]
    assert killing.until_made(command, tmp_path, tmp_path / "log", 2) == 2


def test_a_film_that_ends_before_it_is_killed_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 0"):
        killing.until_made([sys.executable, "-S", "-c", ""], tmp_path, tmp_path / "log", 2)


def test_every_case_has_a_title_that_begins_with_its_letter() -> None:
    assert all(case.title[0] == name[0] for name, case in CASES.items())
    assert "".join(dict.fromkeys(name[0] for name in CASES)) == "abcdefgm"
