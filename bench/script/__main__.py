"""Our scripter beside simpler ways on the same texts: ``python -m bench.script --help``."""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from contracts.events import GenerationSettings
from contracts.values import SourceKind
from scripter.domain import plan_film, with_drafts, write_script
from transcriber.domain import from_upload

from bench.script.corpus import Text, corpus
from bench.script.measure import Figures, measured
from bench.script.methods import ID, METHODS, Method, ours
from bench.script.report import page
from bench.script.speech import rolling_captions

_FORMS = {
    "text": "Typed texts",
    "auto": "Automatic captions",
    "paused": "Automatic captions, pauses",
    "timed": "Automatic captions, word times",
}
_CAPS = (5.0, 10.0, 20.0, 30.0)
_SECONDS_PER_WORD = 0.4


def speed(texts: list[Text], hours: float) -> tuple[float, int, float]:
    """Hours, words and CPU seconds from captions to a plan."""
    sentences = [s for text in texts if text.language == "en" for s in text.sentences]
    words = sum(len(sentence.split()) for sentence in sentences)
    times = round(hours * 3600 / _SECONDS_PER_WORD / words)
    transcript = from_upload(
        rolling_captions(sentences, times=times).encode(), SourceKind.CAPTIONS, language="en"
    )
    settings = GenerationSettings(max_scenes=200, target_seconds=1200)
    begun = time.process_time()
    script = with_drafts(write_script(ID, transcript, drop_fillers=True))
    plan_film(ID, script, settings)
    return hours, script.words, time.process_time() - begun


def _settings(cap: float) -> GenerationSettings:
    return GenerationSettings(max_scene_seconds=cap, max_scenes=200)


def _by_method(texts: list[Text], form: str, settings: GenerationSettings) -> dict[str, Figures]:
    """Every method's figures of the texts that have this form; ours also by what was tried."""
    having = [text for text in texts if form in text.forms]
    found = {name: _sum(having, form, method, settings) for name, method in METHODS.items()}
    if form == "text":
        return found
    parts = {
        f"ours, {name}": _sum([t for t in having if t.tuned is tuned], form, ours, settings)
        for name, tuned in (("made on", True), ("others", False))
    }
    return {"ours": found["ours"]} | parts | found


def _sum(texts: list[Text], form: str, method: Method, settings: GenerationSettings) -> Figures:
    return sum((measured(text, form, method, settings) for text in texts), Figures())


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.script", description=__doc__)
    parser.add_argument("--cap", type=float, default=8.0, help="longest shot, seconds")
    parser.add_argument("--hours", type=float, nargs="*", default=[1.0, 10.0], help="for speed")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    told = parser.parse_args()
    settings = _settings(told.cap)
    texts = corpus()
    sums = {title: _by_method(texts, form, settings) for form, title in _FORMS.items()}
    rows = [(t, form, measured(t, form, ours, settings)) for t in texts for form in t.forms]
    caps = [(cap, _sum(texts, "text", ours, _settings(cap))) for cap in _CAPS]
    where = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}"
    )
    written = page(
        where,
        told.cap,
        sums=sums,
        rows=rows,
        caps=caps,
        speed=[speed(texts, hours) for hours in told.hours],
    )
    told.out.write_text(written, encoding="utf-8")
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
