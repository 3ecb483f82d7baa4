"""What is counted of paid orders: each end once, each dollar once."""

from pathlib import Path

from contracts.errors import ErrorCode, Transient
from generator.domain.provider import Phase
from prometheus_client import REGISTRY
from runtime.objects import LocalObjects

from tests.unit.generator.making import FakeClipCache, FakeProvider, plan, planned, scene
from tests.unit.generator.rows import Clock, Row, maker

NAME = "counted"


def told(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, {"provider": NAME, **labels}) or 0.0


async def test_outcomes_and_dollars_are_counted_once(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path, public_url="http://127.0.0.1", signing_key=b"key")
    provider, clock = FakeProvider(phases=[Phase.FAILED, Phase.SUCCEEDED]), Clock()
    # A second look at a clip that did not come down must count nothing again.
    provider.fetch_faults = [Transient(ErrorCode.AI_PROVIDER_FAILURE)]
    provider.faults = [Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7)]
    made = plan(scene())
    wish = made.settings.model_copy(update={"providers": (NAME,)})
    event = await planned(store, made.model_copy(update={"settings": wish}))
    await Row(maker(store, {NAME: provider}, FakeClipCache(), clock), event, clock).finish()
    outcomes = {
        name: told("filmstudio_orders_total", outcome=name)
        for name in ("refused", "failed", "succeeded")
    }
    assert outcomes == {"refused": 1, "failed": 1, "succeeded": 1}
    assert told("filmstudio_order_cost_usd_total") == 0.1
    assert told("filmstudio_order_waited_seconds_count") == 3
