"""UploadRequested -> VideoPublished, on whichever channel is configured."""

from dataclasses import dataclass
from typing import Protocol

from contracts.events import UploadRequested, VideoPublished
from runtime.work import Done, Outcome, Work

from publisher.domain import Published, Release, release_of


class Channel(Protocol):
    """Somewhere films are shown. Raises ``Transient`` or ``Rejected``."""

    async def find(self, release: Release) -> Published | None:
        """The release if the channel has it already, whoever put it there."""
        ...

    async def publish(self, release: Release) -> Published:
        """Put the release on the channel, all or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class PublishFilm:
    """UploadRequested -> VideoPublished. Looks first, so a lost answer is never a second upload."""

    channel: Channel

    async def __call__(self, event: UploadRequested, work: Work) -> Outcome:
        """Publish, or find what an earlier try published."""
        release = release_of(event)
        published = await self.channel.find(release) or await self.channel.publish(release)
        fact = VideoPublished.caused_by(
            event,
            channel=published.channel,
            video_id=published.video_id,
            url=published.url,
            privacy=published.privacy,
        )
        return Done([fact])
