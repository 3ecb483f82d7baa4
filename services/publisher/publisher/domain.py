"""What is published: a film with its title, its words about it, and who may see it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.events import ObjectRef, Privacy, UploadRequested


@dataclass(frozen=True, slots=True)
class Release:
    """A film ready for a channel. ``film_job_id`` names it: one film is published once."""

    film_job_id: UUID
    video: ObjectRef
    captions: ObjectRef | None
    title: str
    description: str
    tags: tuple[str, ...]
    privacy: Privacy
    made_for_kids: bool


@dataclass(frozen=True, slots=True)
class Published:
    """Where a release can be seen."""

    channel: str
    video_id: str
    url: str
    privacy: Privacy


def release_of(event: UploadRequested) -> Release:
    """The release a user asked for."""
    return Release(
        film_job_id=event.film_job_id,
        video=event.video,
        captions=event.captions,
        title=event.title,
        description=event.description,
        tags=event.tags,
        privacy=event.privacy,
        made_for_kids=event.made_for_kids,
    )


def metadata_of(release: Release) -> dict[str, Any]:
    """What is said about a release beside its files. Our films are always synthetic media."""
    return {
        "film_job_id": str(release.film_job_id),
        "title": release.title,
        "description": release.description,
        "tags": list(release.tags),
        "privacy": release.privacy.value,
        "made_for_kids": release.made_for_kids,
        "contains_synthetic_media": True,
        "video_sha256": release.video.sha256,
    }
