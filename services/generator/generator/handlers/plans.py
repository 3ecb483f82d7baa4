"""Plans as they were read last: scenes are looked at many times, and their plan never changes."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from contracts.documents import Plan
from contracts.events import ObjectRef
from runtime.objects import ObjectStore, get_model

KEPT: Final = 16


@dataclass(slots=True)
class Plans:
    """The plans that were asked for last. An object's key and hash say which one it is."""

    store: ObjectStore
    _kept: OrderedDict[tuple[str, str], Plan] = field(
        default_factory=OrderedDict[tuple[str, str], Plan]
    )

    async def get(self, ref: ObjectRef) -> Plan:
        """A plan, which nobody may change. Raises ``Transient`` and ``Rejected``."""
        name = (ref.key, ref.sha256)
        plan = self._kept.get(name)
        if plan is None:
            plan = await get_model(self.store, ref, Plan)
        self._kept[name] = plan
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return plan
