"""The film's sound in passages: each is mixed and encoded by itself, once, and they join unheard.

There is one for each shot. It begins and ends where a packet of the encoded sound does. What
filters and the encoder remember of the sound before, and look at of the sound after, is mixed along
with it and cut off again: two neighbours have heard the same where they meet. It ends so early
before the next shot comes in that it can be made before that is there; a changed shot changes its
own passage and the one after. Pure; all lengths are samples.
"""

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from contracts.mezzanine import Mezzanine

from stitcher.domain.segments import ENCODING, digest
from stitcher.domain.sound import Piece, Soundtrack, Track
from stitcher.domain.timeline import Clip, Timeline

PACKET: Final = 1_024
"""Samples of an AAC packet. Encoded sound begins one packet early (ISO/IEC 14496-3)."""
ENCODER_IN: Final = 24 * PACKET
"""Half a second: the limiter has let go, and the encoder has forgotten how it began."""
DUCKING_IN: Final = 48 * PACKET
"""A second: by then the loudest voice has fallen below what a bed gives way to (34 dB at a time
constant of a quarter of ffmpeg's release of 0.45 s take 0.9 s)."""
OUT: Final = 20 * PACKET
"""0.43 s: the last block whose loudness is measured, and what the encoder looks ahead."""

REMEMBERED: Final = 1_024
"""Names, of some 100 bytes: they are asked for again and again while a film is mixed."""


@dataclass(frozen=True, slots=True)
class Passage:
    """``samples`` of the film from ``first`` on, ``before`` and ``after`` mixed along with them.

    The places of the pieces count from where the mix begins; the first may begin before it.
    """

    profile: Mezzanine
    tracks: tuple[Track, ...]
    first: int
    before: int
    samples: int
    after: int

    @property
    def mixed(self) -> int:
        """How much is mixed for it."""
        return self.before + self.samples + self.after

    @property
    def lead(self) -> int:
        """How much of what is mixed before it is encoded along with it."""
        return min(self.before, ENCODER_IN)

    @property
    def packets(self) -> tuple[int, int]:
        """Which of its encoded packets are the film's: how many to leave out, how many to take."""
        last = not self.after
        taken = -(-self.samples // PACKET) if last else self.samples // PACKET
        return (self.lead // PACKET + 1, taken) if self.before else (0, taken + 1)

    @property
    def name(self) -> str:
        """A name for what it sounds like, wherever it stands."""
        return _name(self)

    def louder(self, gain_db: float) -> str:
        """A name for it, encoded so much louder."""
        return digest([self.name, round(gain_db, 1)])


def passages(film: Timeline, soundtrack: Soundtrack) -> tuple[Passage, ...]:
    """The whole soundtrack in passages; a shot that is too short for one shares another's."""
    starts = [(film.profile.samples(shot.first) - OUT) // PACKET * PACKET for shot in film.shots]
    edges = sorted({0, *(start for start in starts if start > 0), soundtrack.samples})
    return tuple(_passage(soundtrack, first, end) for first, end in pairwise(edges))


def ready(film: Timeline, soundtrack: Soundtrack) -> tuple[Passage, ...]:
    """Those in which nothing is heard that is still to come."""
    at = film.profile.samples
    coming = [
        (at(shot.first), at(shot.first + shot.frames))
        for shot in film.shots
        if shot.cut.scene_index is not None and not isinstance(shot.cut.source, Clip)
    ]

    def known(one: Passage) -> bool:
        begin, end = one.first - one.before, one.first + one.samples + one.after
        return not any(first < end and begin < last for first, last in coming)

    return tuple(one for one in passages(film, soundtrack) if known(one))


def _passage(soundtrack: Soundtrack, first: int, end: int) -> Passage:
    ducked = any(track.leads for track in soundtrack.tracks)
    before = min(first, DUCKING_IN if ducked else ENCODER_IN)
    after = min(OUT, soundtrack.samples - end)
    begin, stop = first - before, end + after
    tracks = (_clipped(track, begin, stop) for track in soundtrack.tracks)
    heard = tuple(track for track in tracks if track.pieces)
    return Passage(soundtrack.profile, heard, first, before, end - first, after)


def _clipped(track: Track, begin: int, stop: int) -> Track:
    pieces = (_cut(piece, begin, stop) for piece in track.pieces)
    return replace(track, pieces=tuple(piece for piece in pieces if piece is not None))


def _cut(piece: Piece, begin: int, stop: int) -> Piece | None:
    """What of a piece is heard between two places, counted from the first. No fade is cut."""
    if piece.end <= begin or piece.first >= stop:
        return None
    skipped = min(max(0, begin - piece.first), piece.samples - piece.fade_out)
    skipped = skipped if skipped >= piece.fade_in else 0
    left = min(max(0, piece.end - stop), piece.samples - piece.fade_in)
    left = left if left >= piece.fade_out else 0
    return replace(
        piece,
        skip=piece.skip + skipped,
        first=piece.first + skipped - begin,
        samples=piece.samples - skipped - left,
        fade_in=0 if skipped else piece.fade_in,
        fade_out=0 if left else piece.fade_out,
        crossed=(piece.crossed[0] and not skipped, piece.crossed[1] and not left),
    )


@lru_cache(REMEMBERED)
def _name(passage: Passage) -> str:
    heard = [_heard(track) for track in passage.tracks]
    place = [passage.before, passage.samples, passage.after]
    return digest(["passage", ENCODING, passage.profile.audio_options(), heard, place])


def _heard(track: Track) -> dict[str, object]:
    pieces = [{k: v for k, v in asdict(one).items() if k != "key"} for one in track.pieces]
    return {**asdict(track), "pieces": pieces}
