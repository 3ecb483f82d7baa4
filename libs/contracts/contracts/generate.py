"""``python -m contracts.generate``: writes every file that follows from the contracts.

``--check`` writes nothing and fails with a diff if a file is stale. ``--against DIR`` compares the
schemas with those in DIR, another version's ``libs/contracts/schemas``, and fails if a consumer or
a kept record would break.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from contracts import asyncapi, event_map, kafka_topics
from contracts.evolution import Effect, changes
from contracts.examples import examples
from contracts.schemas import file_name, schema_of, version_of
from contracts.topics import BY_NAME, TOPICS

SCHEMAS: Final = Path("libs/contracts/schemas")
EXAMPLES: Final = Path("libs/contracts/examples")
DIFF_LINES: Final = 40


def repository() -> Path:
    """The checkout this module lies in."""
    return Path(__file__).resolve().parents[3]


def outputs() -> dict[Path, str]:
    """Every generated file, as path below the repository and text."""
    all_examples = list(examples())
    files = {SCHEMAS / file_name(topic): _json(schema_of(topic)) for topic in TOPICS}
    for example in all_examples:
        version = str(version_of(BY_NAME[example.topic]))
        path = EXAMPLES / example.topic / version / f"{example.name}.json"
        files[path] = _json(example.record())
    files[Path("docs/asyncapi.json")] = _json(asyncapi.document(all_examples))
    files[Path("docs/events.md")] = event_map.page()
    files[Path("deploy/k8s/base/kafka-topics.yaml")] = kafka_topics.manifest()
    return files


def orphans(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """Files in the generated folders that nothing gives rise to any more."""
    found = (p for folder in (SCHEMAS, EXAMPLES) for p in (root / folder).rglob("*") if p.is_file())
    return sorted(path for path in found if path.relative_to(root) not in files)


def write(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """Write what differs and remove orphans; the paths that changed."""
    changed: list[Path] = []
    for path, text in files.items():
        target = root / path
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            changed.append(path)
    for path in orphans(root, files):
        path.unlink()
        changed.append(path.relative_to(root))
    return changed


def stale(root: Path, files: Mapping[Path, str]) -> list[str]:
    """One diff per file that is not as it would be written."""
    found: list[str] = []
    for path, text in files.items():
        target = root / path
        there = target.read_text(encoding="utf-8") if target.is_file() else ""
        if there != text:
            diff = difflib.unified_diff(
                there.splitlines(),
                text.splitlines(),
                f"{path}",
                f"{path} (wanted)",
                lineterm="",
                n=1,
            )
            found.append(_cut(list(diff)))
    found += [
        f"{path.relative_to(root)}: nothing gives rise to this file"
        for path in orphans(root, files)
    ]
    return found


def compare(before: Path, files: Mapping[Path, str]) -> tuple[list[str], list[str]]:
    """Breaking changes, and those that are safe once consumers are shipped, since ``before``."""
    now = {path.name: text for path, text in files.items() if path.parent == SCHEMAS}
    breaking: list[str] = []
    consumers_first: list[str] = []
    for path in sorted(before.glob("*.schema.json")):
        if path.name not in now:
            breaking.append(f"{path.name}: removed; its records may still be kept")
            continue
        topic = BY_NAME[path.name.rsplit(".v", 1)[0]]
        for change in changes(
            json.loads(path.read_text(encoding="utf-8")), json.loads(now[path.name])
        ):
            line = f"{topic.name}: {change}"
            if change.effect is Effect.BREAKING:
                breaking.append(line)
            else:
                readers, writers = ", ".join(topic.consumers), ", ".join(topic.producers)
                consumers_first.append(f"{line}; ship {readers}, then {writers}")
    return breaking, consumers_first


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 if something is stale or would break."""
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="schemas to stay compatible with"
    )
    parser.add_argument("--root", type=Path, default=repository(), help="the checkout to write to")
    options = parser.parse_args(arguments)
    files = outputs()
    troubles: list[str] = []
    if options.check:
        troubles = stale(options.root, files)
        if troubles:
            troubles.append("Run `make contracts` and commit what it writes.")
    else:
        for path in write(options.root, files):
            print(f"wrote {path}")
    if options.against:
        breaking, consumers_first = compare(options.against, files)
        for line in consumers_first:
            print(line)
        troubles += breaking
    for line in troubles:
        print(line, file=sys.stderr)
    return 1 if troubles else 0


def _cut(lines: Sequence[str]) -> str:
    more = len(lines) - DIFF_LINES
    tail = [f"… {more} more lines"] if more > 0 else []
    return "\n".join([*lines[:DIFF_LINES], *tail])


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
