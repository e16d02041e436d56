"""Posthorn as bench/outbox measures it: an outbox of its own, filled and emptied by the release build's programs."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time

from support import STARTED


class Usage:
    """What a process that has ended took."""

    def __init__(self, seconds, cpu, peak, output):
        self.seconds, self.cpu, self.output = seconds, cpu, output
        #: Of `cpu`, what SQLite's threads took; nothing with PostgreSQL, whose processes are others.
        self.peak_mib, self.sqlite_cpu = peak.mib, sum(peak.sqlite_cpu.values())


class Outbox:
    """An empty outbox in a database of its own. `postgres` is the cluster, or none for SQLite."""

    number = 0

    def __init__(self, folder, release, postgres=None, connections=16, more=None):
        Outbox.number += 1
        self.home = os.path.join(folder, f"outbox-{Outbox.number}")
        os.makedirs(self.home)
        self.release, self.postgres = release, postgres
        self.database = postgres.create() if postgres else None
        self.environment = {
            "PATH": os.environ["PATH"],
            "POSTHORN_DATABASE_URL": postgres.url(self.database) if postgres else f"sqlite:{self.home}/posthorn.sqlite3",
            "POSTHORN_MASTER_KEY_FILE": f"{self.home}/master.key",
            "POSTHORN_BASE_URL": "http://localhost:8080",
            "POSTHORN_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8,::1/128",
            "POSTHORN_SMTP_CLIENT_NAME": "bench.example",
            "POSTHORN_OUTBOX_CONNECTIONS_PER_TENANT": str(connections),
            "POSTHORN_LOG": "warn",
            **(more or {}),
        }
        self.run("posthorn", "keys", "generate", "--output", f"{self.home}/master.key")
        self.run("posthorn", "migrate")

    def run(self, program, *arguments):
        """Runs a program to its end."""
        started = time.monotonic()
        with open(f"{self.home}/output", "w+", encoding="utf-8") as output:
            process = subprocess.Popen([os.path.join(self.release, program), *arguments], env=self.environment,
                                       cwd=self.home, stdout=output)
            STARTED.append(process)
            peak = Peak(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read()
        STARTED.remove(process)
        if process.returncode != 0:
            sys.exit(f"{program} {' '.join(arguments[:2])} ended with {process.returncode}")
        return Usage(seconds, usage.ru_utime + usage.ru_stime, peak, text)

    def load(self, messages, tenants, port):
        return self.run("posthorn", "outbox", "load", "--messages", str(messages), "--tenants", str(tenants),
                        "--size", "4096", "--smtp", f"127.0.0.1:{port}")

    def fill(self, **particulars):
        """Enqueues by the library: what that took without the start of a process, in seconds."""
        particulars = {"size": 4096, "server": "127.0.0.1", "recipients": 10_000, **particulars}
        return json.loads(self.run("bench-outbox", "fill", json.dumps(particulars)).output)

    def deliver(self, messages):
        """Empties it; that all were accepted is checked."""
        before = self.postgres.cpu() if self.postgres else 0
        usage = self.run("posthorn", "worker", "--until-empty")
        counts = json.loads(usage.output)
        if counts["accepted"] != messages or counts["enqueued"] != messages:
            sys.exit(f"of {messages} messages: {counts}")
        usage.database_cpu = (self.postgres.cpu() if self.postgres else 0) - before
        return usage

    def claim(self, port, messages, rounds):
        particulars = {"listen": f"127.0.0.1:{port}", "messages": messages, "rounds": rounds}
        return json.loads(self.run("bench-outbox", "claim", json.dumps(particulars)).output)

    def start(self, *arguments, **more):
        process = subprocess.Popen([os.path.join(self.release, "posthorn"), *arguments],
                                   env={**self.environment, **more}, cwd=self.home, stdout=subprocess.DEVNULL)
        STARTED.append(process)
        return process

    def bytes(self):
        """What the database takes, its log not counted."""
        if self.postgres:
            return int(self.postgres.sql(f"SELECT pg_database_size('{self.database}')"))
        with sqlite3.connect(f"{self.home}/posthorn.sqlite3") as database:
            return database.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]

    def drop(self):
        if self.postgres:
            self.postgres.drop(self.database)
        for name in os.listdir(self.home):
            os.unlink(os.path.join(self.home, name))


class Peak:
    """The highest memory of a process (VmHWM), and the processor time of its threads for SQLite, looked at while it runs."""

    def __init__(self, pid):
        self.pid, self.mib, self.sqlite_cpu = pid, 0.0, {}
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while (mib := high_water(self.pid)) is not None:
            self.mib = max(self.mib, mib)
            self.sqlite_cpu.update(cpu_of_threads(self.pid, "sqlx-sqlite"))
            time.sleep(0.05)


def cpu_of_threads(pid, name):
    """The seconds of the threads whose name begins so, by their number."""
    found = {}
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="ascii") as file:
                head, _, rest = file.read().rpartition(")")
            if head.partition("(")[2].startswith(name):
                user, system = rest.split()[11:13]
                found[thread] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except OSError:
        pass  # it has ended meanwhile
    return found


def high_water(pid):
    """In MiB; none if the process has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
    except OSError:
        return None
    return int(found.group(1)) / 1024 if found else None
