"""Every metric of the runtime, in one place: this file is the dashboards' glossary.

``service`` is a label so that one dashboard serves all; ``step`` is a route's step.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED: Final = Counter(
    "filmstudio_accepted_total", "Work rows made from messages", ["service", "step"]
)
DUPLICATES: Final = Counter(
    "filmstudio_duplicates_total", "Messages that were already accepted", ["service"]
)
DEAD_LETTERS: Final = Counter(
    "filmstudio_dead_letters_total", "Messages that are no event of ours", ["service", "reason"]
)
FINISHED: Final = Counter(
    "filmstudio_work_finished_total", "Outcomes of handlers", ["service", "step", "outcome"]
)
SECONDS: Final = Histogram(
    "filmstudio_work_seconds",
    "Time a handler took",
    ["service", "step"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800),
)
RUNNING: Final = Gauge("filmstudio_work_running", "Handlers at work", ["service"])
DUE: Final = Gauge("filmstudio_work_due", "Rows waiting for a worker", ["service", "step"])
OLDEST_DUE: Final = Gauge(
    "filmstudio_work_oldest_due_seconds", "Age of the oldest due row", ["service", "step"]
)
PUBLISHED: Final = Counter("filmstudio_published_total", "Messages published", ["service"])
UNPUBLISHED: Final = Gauge(
    "filmstudio_outbox_unpublished", "Outbox rows not yet on the bus", ["service"]
)
LEASES_LOST: Final = Counter(
    "filmstudio_leases_lost_total", "Handlers stopped because the row was not theirs", ["service"]
)
