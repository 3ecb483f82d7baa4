"""What clients may see of a change: no object keys, no prompts, no money."""

from typing import Any

from contracts.errors import GUIDANCE, ErrorCode

from projector.domain import films
from projector.domain.state import ExportState, JobState, SceneState


def public_change(before: JobState, after: JobState) -> dict[str, Any]:
    """``{job, scenes, exports}``: the job's state after a change, and what else it touched."""
    changed = [
        _public_scene(scene)
        for key, scene in sorted(after.scenes.items())
        if before.scenes.get(key) != scene
    ]
    exports = [
        _public_export(export)
        for key, export in sorted(after.exports.items())
        if before.exports.get(key) != export
    ]
    late = after.film_error if films.failed(after) else None
    job = {
        "status": after.status.value,
        "stage": after.stage,
        "progress": after.progress,
        "version": after.version,
        "error": _public_error(after.error_code, after.error_message),
        "film_error": late and _public_error(late["code"], late["message"]),
    }
    return {"job": job, "scenes": changed, "exports": exports}


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


def _public_export(export: ExportState) -> dict[str, Any]:
    return {
        "export_id": str(export.id),
        "status": export.status.value,
        "progress": export.progress,
        "error": _public_error(export.error_code, export.error_message),
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
