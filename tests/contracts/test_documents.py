"""The papers hold together: links lead somewhere, claims name tests, decisions are whole."""

import re
from pathlib import Path

import pytest
from contracts.generate import repository

ROOT = repository()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z]+):.*?##", re.MULTILINE)
SECTIONS = ["Context", "Decision", "Consequences", "When to revisit"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=named)


def links(page: Path) -> list[tuple[str, str]]:
    return [
        (text, target)
        for text, target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target
    ]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@each_page
def test_every_link_leads_somewhere(page: Path):
    for _, target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path) if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


@each_page
def test_every_claim_names_a_test_that_exists(page: Path):
    for text, target in links(page):
        name = text.strip("`")
        if name.startswith("test_") and target.endswith(".py"):
            source = (page.parent / target).read_text(encoding="utf-8")
            assert re.search(rf"def {name}\(", source), name


@pytest.mark.parametrize("page", DECISIONS, ids=named)
def test_a_decision_is_whole_and_short(page: Path):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {page.name[:4]}. ")
    assert len(text.splitlines()) <= 70


def test_the_index_lists_every_decision_in_order():
    listed = [target for _, target in links(ROOT / "docs/adr/README.md") if target[0] == "0"]
    assert listed == [page.name for page in DECISIONS]
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@each_page
def test_every_make_target_named_exists(page: Path):
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    used = re.findall(r"`make ([a-z]+)[^`]*`", page.read_text(encoding="utf-8"))
    assert set(used) <= targets
