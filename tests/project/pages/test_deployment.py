"""The examples with two replicas: the files are read, and the balancers run for real in front of two processes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from greycard_suite.cli import cli
from greycard_suite.tools.kill_workers.load import OWN_TROUBLE
from greycard_suite.tools.kill_workers.mock import health, until
from project.pages.page_blocks import ROOT, blocks, environment, free_ports
from servers.redis_server import LASTING, RedisServer, own_redis

PAGE = ROOT / "mocks/DEPLOYMENT.md"
BLOCKS = blocks(PAGE.read_text(encoding="utf-8"))
IMAGE = dict(
    line.split(maxsplit=1)
    for line in (ROOT / "mocks/Dockerfile").read_text(encoding="utf-8").splitlines()
    if line.startswith(("EXPOSE", "ENTRYPOINT"))
)
PORT = int(IMAGE["EXPOSE"])
WHOLE_NGINX = (
    "pid {folder}/pid;\nerror_log stderr;\ndaemon off;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}\n{text}}}\n"
)
NGINX_PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def shown(mark: str) -> str:
    """The block with this comment, or in this language."""
    (found,) = [block.text for block in BLOCKS if mark in (block.comment, block.language)]
    return found


def is_taken(arguments: list[str]) -> bool:
    """Whether `greycard serve` takes these options, after those of the image."""
    words = [*json.loads(IMAGE["ENTRYPOINT"])[1:], *arguments]
    with cli.make_context("greycard", words) as context:
        command = cli.get_command(context, words[0])
        assert command is not None
        command.make_context("serve", words[1:], parent=context)
    return True


def test_the_compose_file_fits_together() -> None:
    """Names and ports are those that the others use, and what waits for health waits for something that has one."""
    found = yaml.safe_load(shown("compose"))
    services = found["services"]
    one, two, valkey = services["greycard-1"], services["greycard-2"], services["valkey"]
    assert one == two
    assert is_taken(one["command"])
    assert one["command"][1] == "redis://valkey:6379/0"
    assert valkey["command"][1:] == ["--appendonly", "yes", "--appendfsync", "always"]
    assert {volume.split(":")[0] for volume in valkey["volumes"]} == set(found["volumes"])
    assert services["balancer"]["volumes"] == ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[name] or "build" in services[name]
    for text in (shown("haproxy"), shown("nginx")):
        assert f"greycard-1:{PORT}" in text
        assert f"greycard-2:{PORT}" in text


def test_the_objects_of_kubernetes_fit_together() -> None:
    """Selectors find what they select, ports are open, probes ask for what there is."""
    objects = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(shown("kubernetes"))}
    assert set(objects) == {
        ("Deployment", "greycard"),
        ("Service", "greycard"),
        ("StatefulSet", "valkey"),
        ("Service", "valkey"),
    }
    containers = {}
    for kind, name in (("Deployment", "greycard"), ("StatefulSet", "valkey")):
        made, service = objects[kind, name]["spec"], objects["Service", name]["spec"]
        labels = made["template"]["metadata"]["labels"]
        assert made["selector"]["matchLabels"] == service["selector"] == labels
        (container,) = made["template"]["spec"]["containers"]
        assert [one["containerPort"] for one in container["ports"]] == [one["port"] for one in service["ports"]]
        containers[name] = container
    mock = containers["greycard"]
    assert objects["Deployment", "greycard"]["spec"]["replicas"] == 2
    assert is_taken(mock["args"])
    assert mock["args"][1] == "redis://valkey:6379/0"
    assert mock["readinessProbe"]["httpGet"] == {"path": "/_mock/health", "port": PORT}
    assert mock["ports"] == [{"containerPort": PORT}]
    assert mock["livenessProbe"]["tcpSocket"]["port"] == PORT
    claims = [one["metadata"]["name"] for one in objects["StatefulSet", "valkey"]["spec"]["volumeClaimTemplates"]]
    assert [one["name"] for one in containers["valkey"]["volumeMounts"]] == claims
    assert containers["valkey"]["args"][1:] == ["--appendonly", "yes", "--appendfsync", "always"]


def haproxy(folder: Path, text: str) -> list[str]:
    """The command that runs HAProxy with this file."""
    (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


def nginx(folder: Path, text: str) -> list[str]:
    """The command that runs nginx with this file in its `conf.d`."""
    paths = "\n".join(f"{name}_temp_path {folder}/{name};" for name in NGINX_PATHS)
    whole = WHOLE_NGINX.format(folder=folder, paths=paths, text=text)
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def create(url: str, pictures: str) -> str | None:
    """A new task's id; None where it was not to be had. Any other answer is wrong."""
    body = {"picurl": f"{pictures}/_mock/images/80x64.jpg", "type": 1}
    try:
        answer = requests.post(f"{url}/createtask", json=body, headers={"token": "test-key"}, timeout=20)
    except requests.ConnectionError:
        return None
    if answer.status_code in (502, 503, 504):  # the balancer's own, of a request that was under way
        return None
    if "the mock's own trouble" in answer.headers.get("X-Greycard-Reason", ""):  # a busy machine: Redis was too late
        return None
    assert (answer.status_code, answer.json()["code"]) == (200, 0), (answer.text, answer.headers)
    return str(answer.json()["data"]["taskid"])


def asked(url: str, task: str) -> requests.Response:
    """What is said of a task."""
    return requests.post(f"{url}/gettask", json={"taskid": task, "type": 1}, headers={"token": "test-key"}, timeout=20)


def is_known(url: str, task: str) -> bool:
    """Whether a task is known."""
    return bool(asked(url, task).json()["code"] == 0)


@pytest.fixture
def store() -> Iterator[RedisServer]:
    """A store of this test's own."""
    with own_redis(*LASTING) as found:
        yield found


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("balancer", [haproxy, nginx], ids=["haproxy", "nginx"])
def test_one_of_two_replicas_is_killed_behind_a_balancer(
    balancer: Callable[[Path, str], list[str]], store: RedisServer, tmp_path: Path, source_path: str
) -> None:
    """Each task that was answered is known to both, and to the one that is left; without the store a vendor errs."""
    name = balancer.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    ports = list(free_ports("8420 8421 9001").values())
    text = shown(name)
    for number, port in enumerate(ports[:2], start=1):
        text = text.replace(f"greycard-{number}:{PORT}", f"127.0.0.1:{port}")
    text = text.replace(f"bind :{PORT}", f"bind 127.0.0.1:{ports[2]}")
    text = text.replace(f"listen {PORT};", f"listen 127.0.0.1:{ports[2]};")
    env = environment(tmp_path, source_path)
    url, first, second = (f"http://127.0.0.1:{port}" for port in (ports[2], *ports[:2]))
    with ExitStack() as stack:

        def start(command: list[str], said: Any = None) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=said)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            return process

        serve = [sys.executable, "-m", "greycard", "serve", "magictiger", "--quiet", "--store", store.url, "--port"]
        replicas = [start([*serve, port]) for port in ports[:2]]
        assert until(lambda: health(first) == health(second) == 200)
        said = tmp_path / "said"
        start(balancer(tmp_path, text), stack.enter_context(said.open("wb")))
        assert until(lambda: health(url) == 200), said.read_text(encoding="utf-8")
        tasks = [create(url, second) for _ in range(20)]
        assert tasks.count(None) <= 2
        assert all(is_known(one, task) for one in (first, second) for task in tasks if task)
        replicas[0].send_signal(signal.SIGKILL)
        more = [create(url, second) for _ in range(20)]
        found = [task for task in (*tasks, *more) if task]
        assert len(found) >= 38
        assert all(is_known(url, task) for task in found)
        store.kill()
        assert until(lambda: health(second) == 503)
        assert until(lambda: OWN_TROUBLE in asked(url, "x").headers.get("X-Greycard-Reason", ""))
        assert asked(url, "x").status_code == 500
        store.start()
        assert until(lambda: health(url) == 200)
        assert until(lambda: is_known(url, found[-1]))
