"""Compose and Kubernetes start every service as it is, with settings that exist and are valid."""

import importlib.util
import inspect
import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.generate import repository
from contracts.topics import SERVICES
from pydantic_settings import BaseSettings
from runtime.settings import RuntimeSettings

ROOT = repository()
BASE = ROOT / "deploy/k8s/base"
SECRET = "0123456789abcdef" * 4
PORT = 8080
OUTSIDE = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"}

each_service = pytest.mark.parametrize("service", SERVICES)


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def objects(name: str) -> dict[str, dict[str, Any]]:
    """The Kubernetes objects of a file, by kind."""
    found = list(yaml.safe_load_all((BASE / name).read_text(encoding="utf-8")))
    kinds = {thing["kind"]: thing for thing in found}
    assert len(kinds) == len(found)
    return kinds


def container(service: str) -> dict[str, Any]:
    (only,) = pod(service)["containers"]
    return only


def pod(service: str) -> dict[str, Any]:
    return objects(f"{service}.yaml")["Deployment"]["spec"]["template"]["spec"]


def settings_of(service: str) -> type[BaseSettings]:
    return importlib.import_module(f"{service}.settings").Settings


def known_names(service: str) -> set[str]:
    """Every variable the service's settings read."""
    own = settings_of(service)
    prefix = own.model_config.get("env_prefix", "")
    assert prefix == f"{service}_".upper()
    names = {f"{prefix}{name}".upper() for name in own.model_fields if name != "runtime"}
    for field in own.model_fields.values():
        if isinstance(field.validation_alias, str):
            names.add(field.validation_alias.upper())
        elif inspect.isclass(field.annotation) and issubclass(field.annotation, BaseSettings):
            inner = field.annotation.model_config.get("env_prefix", "")
            names |= {f"{inner}{name}".upper() for name in field.annotation.model_fields}
    return names | {name.upper() for name in RuntimeSettings.model_fields} | OUTSIDE


def check_settings(
    service: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> RuntimeSettings:
    """The names exist and the values are accepted by the settings themselves."""
    assert set(variables) <= known_names(service)
    for name in known_names(service):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    read = settings_of(service)()
    runtime: RuntimeSettings = getattr(read, "runtime")  # noqa: B009 - not on the base class
    assert runtime.http_port == PORT
    assert runtime.http_host == "0.0.0.0"  # noqa: S104 - inside a container
    assert runtime.objects_directory is None
    return runtime


@each_service
def test_compose_starts_the_service(service: str):
    part = compose()["services"][service]
    assert part["image"] == f"filmstudio/{service}"
    assert part["build"]["args"] == {"SERVICE": service}
    assert part["command"] == ["python", "-m", f"{service}.main"]
    assert part["stop_grace_period"] == "45s"
    assert set(part["depends_on"]) == {"service-roles", "provision", "bucket"}


@each_service
def test_compose_tells_it_what_it_reads(service: str, monkeypatch: pytest.MonkeyPatch):
    raw: dict[str, str] = compose()["services"][service]["environment"]
    variables = {name: re.sub(r"\$\{[^}]+\}", SECRET, value) for name, value in raw.items()}
    runtime = check_settings(service, variables, monkeypatch)
    assert runtime.database_url.startswith(f"postgresql://{service}:")
    assert runtime.kafka_bootstrap_servers == "kafka:9092"


def test_compose_waits_for_parts_that_exist():
    parts = compose()["services"]
    for name, part in parts.items():
        for needed, how in part.get("depends_on", {}).items():
            assert needed in parts, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in parts[needed], needed


def test_compose_opens_ports_to_this_machine_only():
    ports = [port for part in compose()["services"].values() for port in part.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_names_every_secret_it_needs():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    announced = re.search(r"for name in ([A-Z_ ]+);", text)
    assert announced
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) == set(announced[1].split())


def test_every_service_role_gets_its_password():
    text = (ROOT / "deploy/compose/service-roles.sql").read_text(encoding="utf-8")
    assert re.findall(r"alter role (\w+) password", text) == list(SERVICES)


def test_every_mounted_file_is_there():
    for part in compose()["services"].values():
        for volume in part.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file(), source


@each_service
def test_kubernetes_starts_the_service(service: str):
    only = container(service)
    assert only["command"] == ["python", "-m", f"{service}.main"]
    assert only["image"] == f"filmstudio/{service}"
    assert only["ports"] == [{"name": "http", "containerPort": PORT}]
    assert only["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert only["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert only["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert only["resources"].keys() == {"requests", "limits"}


@each_service
def test_kubernetes_tells_it_what_it_reads(service: str, monkeypatch: pytest.MonkeyPatch):
    only = container(service)
    variables: dict[str, str] = dict(objects("runtime.yaml")["ConfigMap"]["data"])
    for source in only["envFrom"]:
        if source.get("configMapRef", {}).get("name") == service:
            variables |= objects(f"{service}.yaml")["ConfigMap"]["data"]
    for variable in only["env"]:
        assert variable["valueFrom"]["secretKeyRef"]["name"].startswith(f"{service}-")
        variables[variable["name"]] = f"postgresql://{service}:{SECRET}@db/postgres"
    assert "DATABASE_URL" in variables
    check_settings(service, variables, monkeypatch)


@each_service
def test_every_referenced_configuration_exists(service: str):
    names = {"filmstudio-runtime"}
    kinds = objects(f"{service}.yaml")
    if "ConfigMap" in kinds:
        names.add(kinds["ConfigMap"]["metadata"]["name"])
    sources = [
        s["configMapRef"]["name"] for s in container(service)["envFrom"] if "configMapRef" in s
    ]
    assert set(sources) == names


@each_service
def test_a_pod_can_do_no_more_than_it_must(service: str):
    spec, only = pod(service), container(service)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"name": "scratch", "mountPath": "/tmp"} in only["volumeMounts"]  # noqa: S108
    mounted = {mount["name"] for mount in only["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]}


@each_service
def test_a_pod_has_time_to_hand_back_its_work(service: str):
    assert pod(service)["terminationGracePeriodSeconds"] == 45


@each_service
def test_selectors_find_the_pods(service: str):
    kinds = objects(f"{service}.yaml")
    deployment = kinds["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert kinds["Service"]["spec"]["selector"] == labels
    assert kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert kinds["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        assert kinds[kind]["metadata"]["name"] == service


def test_kustomize_lists_every_file():
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    there = {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == there
    assert {f"{service}.yaml" for service in SERVICES} <= there


def test_no_secret_value_is_in_the_manifests():
    for path in BASE.glob("*.yaml"):
        for thing in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            assert thing["kind"] != "Secret", path.name


def test_every_variable_of_a_vendor_is_read_by_its_service():
    text = (ROOT / "docs/vendors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) > 10
    for service, variables in rows:
        assert set(re.findall(r"`(\w+)`", variables)) <= known_names(service), service


@pytest.mark.parametrize("service", ["gateway", "transcriber", "scripter", "generator", "stitcher"])
def test_keys_of_vendors_reach_the_services_that_use_them(service: str):
    sources = container(service)["envFrom"]
    assert {"secretRef": {"name": f"{service}-accounts", "optional": True}} in sources
    files = compose()["services"][service]["env_file"]
    assert files == [{"path": "providers.env", "required": False}]


def test_the_database_is_migrated_by_the_image_that_carries_the_migrations():
    job = objects("migrate.yaml")["Job"]["spec"]["template"]["spec"]
    (only,) = job["containers"]
    assert only["command"] == compose()["services"]["migrate"]["command"]
    assert only["image"] == compose()["services"]["migrate"]["image"]
    assert importlib.util.find_spec(only["command"][-1])
    assert [entry["name"] for entry in only["env"]] == ["DATABASE_URL"]


def pins(path: Path) -> set[str]:
    return set(re.findall(r"^[a-z0-9._-]+==\S+", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_images_get_what_the_tests_ran_with_and_nothing_for_development():
    images = pins(ROOT / "deploy/images.lock")
    assert images < pins(ROOT / "requirements.lock")
    assert not [pin for pin in images if pin.startswith(("pytest", "ruff", "moto", "pyright"))]


def test_the_image_is_locked_unprivileged_and_watched():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("FROM python:3.11-slim") == 2
    assert "--require-hashes -r /src/images.lock" in text
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "/healthz" in text.split("HEALTHCHECK")[1]


def test_the_layering_rules_name_every_member():
    rules = ConfigParser()
    rules.read(ROOT / ".importlinter")
    members = {
        path.parent.name
        for kind in ("libs", "services")
        for path in (ROOT / kind).glob("*/pyproject.toml")
    }
    assert set(rules["importlinter"]["root_packages"].split()) == members
    assert set(rules["importlinter:contract:services-apart"]["modules"].split()) == set(SERVICES)
