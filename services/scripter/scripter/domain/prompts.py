"""Writes what a video model is told of a scene. The same scene gives the same words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from contracts.documents import Camera

from scripter.domain.wording import is_cjk

NEGATIVE_PROMPT = (
    "text, captions, subtitles, watermark, logo, split screen, blurry, low quality, flicker, "
    "distorted face, deformed hands, extra fingers, extra limbs"
)
PROMPT_LIMIT = 1000
PICTURE_LIMIT = 700

_CONTINUITY = "Same faces, light and colours as the scenes before; no text in the picture."

_CAMERAS = (
    (Camera.PUSH_IN, "slow push in"),
    (Camera.PAN_RIGHT, "gentle pan to the right"),
    (Camera.PULL_OUT, "slow pull out"),
    (Camera.TILT_UP, "tilt up"),
    (Camera.PAN_LEFT, "gentle pan to the left"),
    (Camera.STILL, "locked camera"),
    (Camera.TILT_DOWN, "tilt down"),
)
_MOVES = dict(_CAMERAS)
_SETTINGS = (
    "dawn morning sunrise noon afternoon evening dusk sunset twilight night midnight "
    "moonlight moon sun star stars sky cloud clouds rain storm snow fog mist wind thunder "
    "lightning winter spring summer autumn sea ocean beach shore wave waves harbour harbor "
    "boat ship river lake pond island mountain mountains hill valley desert forest wood woods "
    "tree trees garden field farm village town city street road bridge station train bus car "
    "bicycle airport plane rocket space planet school library office shop market bakery "
    "kitchen cafe restaurant hospital church castle tower palace museum theatre theater stage "
    "house home cottage cabin room bedroom attic cellar window door roof stairs table bed "
    "lamp lantern candle fire fireplace oven bread cake flour coffee tea book letter map "
    "clock piano guitar telescope camera phone computer robot machine laboratory dog cat "
    "horse bird birds owl fish fox wolf bear dragon ghost child children crowd"
)
_PLACES = frozenset(_SETTINGS.split())
_PLAIN = (
    "about above after again against almost alone along already also although always among "
    "another around because been before began behind being below between both came cannot "
    "could does doing done down each either else enough even ever every everyone everything "
    "from gave goes going gone have having here herself himself however into itself just keep "
    "knew know last left less like little long look made make many maybe mean more most much "
    "must myself near need never next nobody nothing once only other ought over perhaps "
    "please quite rather really right said same says seem shall should since some somebody "
    "someone something sometimes somewhere soon still such sure take tell than that their "
    "theirs them themselves then there these they thing things think this those though "
    "through thus together told took toward under until upon very want was well went were "
    "what whatever when where whether which while who whole whom whose will with within "
    "without would yeah your yours yourself"
)
_ORDINARY = frozenset(_PLAIN.split())
_WORD = re.compile(r"[^\W\d_]{3,20}")
_LEAST_LETTERS = 5
_WORDS_PER_SCENE = 6
_WORDS_PER_FILM = 3
_EXCERPT = 240
_READ = 20_000


def camera_for(index: int) -> Camera:
    """Cameras take turns, so that no two scenes in a row move alike."""
    return _CAMERAS[index % len(_CAMERAS)][0]


def world_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The places and things the whole film speaks of most: they hold its scenes together."""
    seen = Counter(word for text in texts for word in _words(text) if word in _PLACES)
    ranked = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, _ in ranked[:_WORDS_PER_FILM])


def write_picture(narration: str, names: Sequence[str], world: Sequence[str]) -> str:
    """What is to be seen in one scene: where, which things, the moment. At most 700 characters."""
    parts: list[str] = []
    places, details = _setting(narration, names)
    setting = dict.fromkeys([*places, *world])
    if setting:
        parts.append(f"Setting: {', '.join(setting)}.")
    if details:
        parts.append(f"Details: {', '.join(details)}.")
    parts.append(f"The moment: \u201c{_excerpt(narration)}\u201d")
    return " ".join(parts)[:PICTURE_LIMIT].strip()


def write_prompt(
    picture: str, *, style: str, camera: Camera, names: Sequence[str], speakers: Sequence[str]
) -> str:
    """One scene as a shot: style, camera, who, the picture. At most 1000 characters."""
    parts = [f"{style.strip() or 'cinematic'} shot, {_MOVES[camera]}."]
    if names:
        parts.append(f"In the picture: {', '.join(names)}.")
        acting = " and ".join(speakers[:2])
        parts.append(f"{acting} speaking." if acting else "Nobody speaks in the picture.")
    opening = " ".join(parts)[: PROMPT_LIMIT - PICTURE_LIMIT]
    room = PROMPT_LIMIT - len(opening) - len(_CONTINUITY) - 2
    return " ".join(part for part in (opening, picture[:room].strip(), _CONTINUITY) if part)


def _setting(text: str, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Places and things, and the longest other words that carry meaning; each in text order."""
    own = {word for name in names for word in _words(name)}
    words = [word for word in dict.fromkeys(_words(text)) if word not in own]
    places = [word for word in words if word in _PLACES][:_WORDS_PER_SCENE]
    others = [
        word
        for word in words
        if word not in _PLACES
        and word not in _ORDINARY
        and len(word) >= _LEAST_LETTERS
        and not is_cjk(word)
    ]
    longest = sorted(others, key=lambda word: (-len(word), word))
    chosen = set(longest[: _WORDS_PER_SCENE - len(places)])
    return places, [word for word in others if word in chosen]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text[:_READ])]


def _excerpt(text: str) -> str:
    if len(text) <= _EXCERPT:
        return text
    return f"{text[:_EXCERPT].rsplit(' ', 1)[0]}\u2026"
