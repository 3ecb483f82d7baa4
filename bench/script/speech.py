"""What speech recognition makes of sentences, in the files that YouTube gives."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence

from scripter.domain.wording import atoms, is_cjk, spoken_seconds

_NOT_SPOKEN = re.compile(r"[^\w\s'\u2019]|_")
_CLAUSE_END = re.compile(r"[,;:\u3001\uff0c\u060c\u2014\u2013-]+$")
_WORDS_PER_CUE = 7
_CHARACTERS_PER_CUE = 14
_PER_LETTER, _PER_WORD = 0.055, 0.13
_HESITATIONS = 0.03
_RUN_ON = 0.15


def rolling_captions(sentences: Sequence[str], *, pause: float = 0.0, times: int = 1) -> str:
    """WebVTT without marks or case, every line shown twice.

    Without ``pause`` (seconds) a line ends when it is full: only the words tell where to cut.
    """
    bare = [_bare(sentence) for sentence in sentences] * times
    flows = bare if pause else ["".join(bare) if is_cjk(bare[0]) else " ".join(bare)]
    cues: list[str] = ["WEBVTT", "Kind: captions", ""]
    at, before = 0.0, " "
    for flow in flows:
        for line in _cue_lines(flow):
            end = at + max(0.5, spoken_seconds(line))
            cues += [f"{_clock(at)} --> {_clock(end - 0.01)}", before, line, ""]
            cues += [f"{_clock(end - 0.01)} --> {_clock(end)}", line, " ", ""]
            at, before = end, line
        at += pause
    return "\n".join(cues)


def timed_captions(sentences: Sequence[str]) -> str:
    """``.json3`` with a time for every word, of somebody who speaks as people do.

    Of six sentences one runs into the next, the others end in 0.45 to 1 second of silence. Every
    other clause ends in 0.15 to 0.45 seconds, and after three words of a hundred the speaker
    hesitates for 0.25 to 0.6. All of it follows from the words: the same text is the same speech.
    """
    words = list(_spoken(sentences))
    step = _CHARACTERS_PER_CUE if is_cjk(words[0][0]) else _WORDS_PER_CUE
    space = "" if is_cjk(words[0][0]) else " "
    events: list[dict[str, object]] = []
    for first in range(0, len(words), step):
        line = words[first : first + step]
        start, stop = line[0][1], line[-1][2]
        segments: list[object] = [
            {"utf8": (space if n else "") + text, "tOffsetMs": round((begun - start) * 1000)}
            for n, (text, begun, _) in enumerate(line)
        ]
        events.append(
            {
                "tStartMs": round(start * 1000),
                "dDurationMs": round((stop - start) * 1000) + 2000,
                "segs": segments,
            }
        )
    return json.dumps({"events": events})


def _spoken(sentences: Sequence[str]) -> Iterator[tuple[str, float, float]]:
    """Every word with the seconds when it begins and ends."""
    at = 0.0
    for number, sentence in enumerate(sentences):
        said = [sentence[atom.start : atom.end] for atom in atoms(sentence)]
        for nth, written in enumerate(said):
            end = at
            for word in _bare(written).split():
                end = at + (_PER_WORD + _PER_LETTER * len(word)) * (0.8 + 0.4 * _chance(word, at))
                yield word, at, end
                at = end
            if end > 0:
                last = nth == len(said) - 1
                clause = bool(_CLAUSE_END.search(written))
                at += _pause(_chance(f"{number}:{nth}", at), _chance(written, at), last, clause)


def _pause(kind: float, length: float, last: bool, clause: bool) -> float:
    if last:
        return 0.45 + 0.55 * length if kind >= _RUN_ON else 0.15 * length
    if clause:
        return 0.15 + 0.3 * length if kind < 0.5 else 0.0
    return 0.25 + 0.35 * length if kind < _HESITATIONS else 0.0


def _chance(*what: object) -> float:
    """A number in 0..1 that follows from what it is for."""
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:4]) / 2**32


def _bare(sentence: str) -> str:
    return _NOT_SPOKEN.sub(" ", sentence).casefold().strip()


def _cue_lines(flow: str) -> Iterator[str]:
    """Lines of some words each, that end wherever they are full."""
    if is_cjk(flow):
        letters = "".join(flow.split())
        for start in range(0, len(letters), _CHARACTERS_PER_CUE):
            yield letters[start : start + _CHARACTERS_PER_CUE]
        return
    words = flow.split()
    for start in range(0, len(words), _WORDS_PER_CUE):
        yield " ".join(words[start : start + _WORDS_PER_CUE])


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"
