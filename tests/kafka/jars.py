"""Brings Apache Kafka's jars, named in pom.xml, through Maven into .kafka/jars."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("pom.xml")
FOLDER = ROOT / ".kafka"
JARS = FOLDER / "jars"
_STAMP = JARS / "pom.sha256"


class JarsMissingError(RuntimeError):
    """The jars cannot be had; the message says what to install."""


def kafka_version() -> str:
    """The version the POM names."""
    found = re.search(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>([^<]+)<", POM.read_text())
    if found is None:
        raise JarsMissingError(f"{POM} names no kafka version")
    return found.group(1)


def fetched() -> bool:
    """Whether the jars of the present POM are there, whole."""
    return _STAMP.exists() and _STAMP.read_text() == _pom_hash()


def fetch() -> bool:
    """Copy the jars; whether anything had to be done. Raises JarsMissingError with the reason."""
    if fetched():
        return False
    if shutil.which("mvn") is None:
        raise JarsMissingError("Maven is missing: install it (the 'maven' package), or use Docker.")
    fresh = FOLDER / "jars.new"
    shutil.rmtree(fresh, ignore_errors=True)
    words = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    words += [f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise JarsMissingError("Maven could not bring the jars:\n" + "\n".join(said[:5]))
    (fresh / _STAMP.name).write_text(_pom_hash())
    shutil.rmtree(JARS, ignore_errors=True)
    fresh.rename(JARS)
    return True


def _pom_hash() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()
