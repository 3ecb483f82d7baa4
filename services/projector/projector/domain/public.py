"""What clients may see of a change: no object keys, no prompts, no money."""

from typing import Any

from contracts.errors import GUIDANCE, ErrorCode

from projector.domain.state import JobState, SceneState


def public_change(before: JobState, after: JobState) -> dict[str, Any]:
    """``{job, scenes}``: the job's state after a change, and the scenes that the change touched."""
    changed = [
        _public_scene(scene)
        for key, scene in sorted(after.scenes.items())
        if before.scenes.get(key) != scene
    ]
    job = {
        "status": after.status.value,
        "stage": after.stage,
        "progress": after.progress,
        "version": after.version,
        "error": _public_error(after.error_code, after.error_message),
    }
    return {"job": job, "scenes": changed}


def _public_scene(scene: SceneState) -> dict[str, Any]:
    return {
        "scene_index": scene.index,
        "take": scene.take,
        "title": scene.title,
        "status": scene.status.value,
        "progress": scene.progress,
        "provider": scene.provider,
        "reused": scene.reused,
        "error": _public_error(scene.error_code, scene.error_message),
    }


def _public_error(code: str | None, message: str | None) -> dict[str, str] | None:
    if code is None:
        return None
    guidance = GUIDANCE[ErrorCode(code)]
    return {
        "code": code,
        "title": guidance.title,
        "message": message or guidance.title,
        "next_step": guidance.next_step,
    }
