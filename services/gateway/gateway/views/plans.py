"""The plan of a film as its user sees it: what is in it, what is not, and who wrote it."""

from typing import Self
from uuid import UUID

from contracts.documents import Camera, LeftOut, Line, Plan, Scene
from pydantic import BaseModel, Field


class PlannedScene(BaseModel):
    """One shot. ``prompt`` is what it is made from, as planned."""

    scene_index: int
    title: str
    seconds: float
    lines: tuple[Line, ...]
    prompt: str
    negative_prompt: str
    camera: Camera
    style: str
    characters: list[str] = Field(description="names of who is in the picture")
    continues: bool = Field(
        description="a further shot of the scene before, spoken on without a stop"
    )

    @classmethod
    def of(cls, scene: Scene, fps: int) -> Self:
        """A planned scene at ``fps`` frames a second."""
        return cls(
            scene_index=scene.index,
            title=scene.title,
            seconds=round(scene.frames / fps, 3),
            lines=scene.lines,
            prompt=scene.prompt,
            negative_prompt=scene.negative_prompt,
            camera=scene.camera,
            style=scene.style,
            characters=[character.name for character in scene.characters],
            continues=scene.continues,
        )


class PlanView(BaseModel):
    """A plan; it never changes. Takes that were ordered later are in the film's scenes."""

    job_id: UUID
    title: str
    language: str
    written_by: str = Field(
        examples=["rules"], description="rules, user (an edited script), or the language model"
    )
    notes: tuple[str, ...] = Field(description="what the user should know of how it was planned")
    split_sentences: int = Field(description="sentences too long for one shot, spoken over several")
    left_out: LeftOut | None = Field(description="what the film does not say; null: nothing")
    scenes: list[PlannedScene]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """From the document."""
        return cls(
            job_id=plan.job_id,
            title=plan.title,
            language=plan.language,
            written_by=plan.written_by,
            notes=plan.notes,
            split_sentences=plan.split_sentences,
            left_out=plan.left_out,
            scenes=[PlannedScene.of(scene, plan.settings.fps) for scene in plan.scenes],
        )
