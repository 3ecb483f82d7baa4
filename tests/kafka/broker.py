"""A real Apache Kafka (KRaft, one node) for tests: start, stop, kill, restart, lose its data.

``python -m tests.kafka.broker fetch`` brings the jars, ``… run`` starts one until Ctrl-C.
"""

import argparse
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from studio.leash import leashed

from tests.kafka.jars import FOLDER, JARS, JarsMissingError, fetch, kafka_version

JAVA = 17
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", "-Xshare:auto")
_READY_WITHIN = 60  # tries of about a second
_STOP_WITHIN = 20.0
_PORTS = range(20_000, 30_000)  # below what systems give to outgoing connections

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class ApacheKafka:
    """One node on this machine's Java, on a port of its own that stays the same.

    ``folder`` holds its settings, log and data. A context manager; leaving it ends the node.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._port = port or free_port()
        self._controller = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """What the node says."""
        return self._folder / "kafka.log"

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start the node, on the data there is, and wait until it answers."""
        settings = self._folder / "server.properties"
        data = self._folder / "data"
        settings.write_text(
            _PROPERTIES.format(port=self._port, controller=self._controller, data=data)
        )
        with self.log.open("ab") as log:
            if not (data / "meta.properties").exists():
                self._format(settings, log)
            self._process = subprocess.Popen(
                leashed(_java("kafka.Kafka", str(settings)), signum=signal.SIGKILL),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_ready()
        return self

    def stop(self) -> None:
        """Let the node end in order; it is killed if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_WITHIN)
        self.kill()

    def kill(self) -> None:
        """End the node without warning (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def lose_data(self) -> None:
        """Forget everything it holds. The node must not run."""
        if self._process is not None:
            raise RuntimeError("stop the node first")
        shutil.rmtree(self._folder / "data", ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _format(self, settings: Path, log: IO[bytes]) -> None:
        words = ["format", "--cluster-id", "filmstudio-tests-00000", "--config", str(settings)]
        command = _java("kafka.tools.StorageTool", *words)
        subprocess.run(command, check=True, stdout=log, stderr=log)

    def _wait_ready(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 2})
        for _ in range(_READY_WITHIN):
            if self._process is None or self._process.poll() is not None:
                break
            with suppress(KafkaException):
                if admin.list_topics(timeout=1.0).brokers:
                    return
        said = self.log.read_text(errors="replace").splitlines()[-15:]
        self.kill()
        raise RuntimeError("Apache Kafka did not start:\n" + "\n".join(said))


def java_found() -> bool:
    """Whether a Java that is new enough is on the PATH."""
    try:
        done = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    number = re.search(r'"(\d+)', done.stderr + done.stdout)
    return number is not None and int(number.group(1)) >= JAVA


def free_port() -> int:
    """A port nobody listens on."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def _java(main: str, *words: str) -> list[str]:
    quiet = "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn"
    return ["java", *_JVM, quiet, "-cp", f"{JARS}/*", main, *words]


def _run(port: int | None) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="kafka-") as folder,
        ApacheKafka(Path(folder), port) as kafka,
        suppress(KeyboardInterrupt),
    ):
        _say(f"Apache Kafka {kafka_version()} at {kafka.bootstrap}; Ctrl-C ends it")
        signal.pause()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.kafka.broker", description="A real Apache Kafka")
    parser.add_argument("command", choices=["fetch", "run"])
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    try:
        if fetch():
            _say(f"Apache Kafka {kafka_version()} is in {FOLDER.name}/")
        elif options.command == "fetch":
            _say(f"Apache Kafka {kafka_version()} is there already")
        if options.command == "run":
            _run(options.port)
    except (JarsMissingError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
