"""Keeps one PostgreSQL running for as long as somebody holds the lock file `users.lock`.

Started as a script of its own, with nothing but the standard library, because it must outlive
whoever started it and stay small. Users hold a shared lock, which the kernel gives back even when
they are killed; so PostgreSQL can neither be stopped under anybody nor be left behind.

    python guardian.py HOME PROGRAMS SOCKET UID GID
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PATIENCE = 60.0


def main(home: Path, programs: Path, socket: Path, uid: int, gid: int) -> int:
    """Run PostgreSQL until nobody uses it; its exit code when it ended by itself."""
    alone = (home / "guardian.lock").open("w")
    fcntl.flock(alone, fcntl.LOCK_EX)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_predecessor(home / "data" / "postmaster.pid", home / "data")
    server = start(home, programs, socket, uid, gid)
    (home / "guardian.note").write_text(f"{os.getpid()} {server.pid}")
    threading.Thread(target=stop_when_unused, args=(home, server), daemon=True).start()
    return server.wait()


def start(
    home: Path, programs: Path, socket: Path, uid: int, gid: int
) -> "subprocess.Popen[bytes]":
    """Start the server; it listens on its socket only and ends when this process is killed."""
    account: dict[str, Any] = (
        {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with (home / "postgresql.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [str(programs / "postgres"), "-D", str(home / "data"), "-k", str(socket)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            preexec_fn=end_with_parent,
            **account,
        )


def end_with_parent() -> None:
    """In the child: ask Linux for a fast shutdown should the parent be killed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def stop_when_unused(home: Path, server: "subprocess.Popen[bytes]") -> None:
    """Wait for the last user to go, then shut down: fast, and at once if that takes too long."""
    users = (home / "users.lock").open("w")
    fcntl.flock(users, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)


def end_predecessor(pid_file: Path, data: Path) -> None:
    """End a server that lost its guardian; forget a pid file whose process is somebody else's."""
    deadline = time.monotonic() + PATIENCE
    asked = False
    while pid_file.exists():
        pid = serving(pid_file, data)
        if pid is None:
            pid_file.unlink(missing_ok=True)
            return
        if not asked:
            os.kill(pid, signal.SIGINT)
            asked = True
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGQUIT)
            deadline += PATIENCE
        time.sleep(0.05)


def serving(pid_file: Path, data: Path) -> int | None:
    """The process named in the pid file, if it really is a PostgreSQL on this data directory."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    listing = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return pid if str(data) in listing.stdout else None


if __name__ == "__main__":
    _, home_, programs_, socket_, uid_, gid_ = sys.argv
    sys.exit(main(Path(home_), Path(programs_), Path(socket_), int(uid_), int(gid_)))
