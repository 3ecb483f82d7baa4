"""The step that writes the script."""

import asyncio
from dataclasses import dataclass

from contracts.documents import Script, Transcript
from contracts.events import ScriptReady, TranscriptReady
from runtime.objects import ObjectStore, get_model, project_key, put_model
from runtime.work import Done, Outcome, Work

from scripter import domain

# The script has them all; an event stays small.
_SPEAKERS_TOLD = 50


@dataclass(frozen=True, slots=True)
class WriteScript:
    """TranscriptReady -> ScriptReady."""

    store: ObjectStore
    drop_fillers: bool = True

    async def __call__(self, event: TranscriptReady, work: Work) -> Outcome:
        """Write the script. Long texts take seconds, so it is done in a thread."""
        transcript = await get_model(self.store, event.transcript, Transcript)
        script = await asyncio.to_thread(self._write, event, transcript)
        key = project_key(event, "scripts", str(event.script_id), "script.json")
        ready = ScriptReady.caused_by(
            event,
            script_id=event.script_id,
            script=await put_model(self.store, key, script),
            title=script.title,
            language=script.language,
            words=script.words,
            seconds=script.seconds,
            speakers=script.speakers[:_SPEAKERS_TOLD],
        )
        return Done([ready])

    def _write(self, event: TranscriptReady, transcript: Transcript) -> Script:
        script = domain.write_script(event.script_id, transcript, drop_fillers=self.drop_fillers)
        return domain.with_drafts(script)
