"""The servers that bench/outbox measures against. Each listens on loopback only and ends with the run."""

import json
import os
import pwd
import random
import re
import secrets
import shutil
import subprocess
import sys
import time

from support import ROOT, STARTED, free_port, wait_for

SOURCE_TO = "somebody@sink.example"


class Sink:
    """Postfix's smtp-sink: takes everything, throws it away, counts."""

    def __init__(self, folder, pipelining=True, port=None):
        self.port = port or free_port()
        self.log = os.path.join(folder, f"sink-{self.port}.log")
        command = ["smtp-sink", "-c", "-4", "-h", "sink.example", *([] if pipelining else ["-p"])]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*command, f"127.0.0.1:{self.port}", "1000"], stdout=log, stderr=log, cwd="/")
        STARTED.append(self.process)
        wait_for(self.port)

    def count(self):
        with open(self.log, "rb") as log:
            log.seek(max(0, os.path.getsize(self.log) - 400))
            found = re.findall(rb"mesg=(\d+)", log.read())
        return int(found[-1]) if found else 0

    def wait(self, count, seconds=600):
        """Until so many have come in all; returns when."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.count() >= count:
                return time.monotonic()
            time.sleep(0.002)
        sys.exit(f"smtp-sink has {self.count()} messages in place of {count}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def source(port, messages, connections, to=SOURCE_TO):
    """Postfix's smtp-source, the yardstick: messages a second, without any queue."""
    started = time.monotonic()
    subprocess.run(["smtp-source", "-4", "-d", "-s", str(connections), "-m", str(messages), "-l", "4096",
                    "-f", "source@bench.example", "-t", to, f"127.0.0.1:{port}"], check=True, stdout=subprocess.DEVNULL)
    return messages / (time.monotonic() - started)


def delay(release, server_port, milliseconds):
    """A wire to that server on which each answer takes so long; returns its port."""
    port = free_port()
    process = subprocess.Popen(
        [os.path.join(release, "bench-delay"), f"127.0.0.1:{port}", f"127.0.0.1:{server_port}", str(milliseconds)])
    STARTED.append(process)
    wait_for(port)
    return port


class Postfix:
    """Postfix as a durable relay into the sink: its own defaults, but as many deliveries at a time as we have."""

    def __init__(self, folder, sink_port):
        self.home = os.path.join(folder, "postfix")
        self.port = free_port()
        for name in ("etc", "queue", "data"):
            os.makedirs(os.path.join(self.home, name))
        os.chmod(os.path.join(self.home, "data"), 0o700)
        shutil.chown(os.path.join(self.home, "data"), "postfix", "postfix")
        self.write("main.cf", f"""
compatibility_level = 3.6
myhostname = relay.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{sink_port}
queue_directory = {self.home}/queue
data_directory = {self.home}/data
maillog_file = {self.home}/postfix.log
maillog_file_prefixes = {self.home}
alias_maps =
alias_database =
default_process_limit = 200
initial_destination_concurrency = 16
default_destination_concurrency_limit = 50
""")
        self.write("master.cf", f"""
127.0.0.1:{self.port} inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
""")
        self.run("start")
        wait_for(self.port)

    def write(self, name, text):
        with open(os.path.join(self.home, "etc", name), "w", encoding="ascii") as file:
            file.write(text.lstrip())

    def run(self, verb):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAIL_")}
        subprocess.run(["/usr/sbin/postfix", "-c", os.path.join(self.home, "etc"), verb], env=environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def relay(self, sink, messages, connections):
        """Messages a second: taken in, and through to the sink."""
        before, started = sink.count(), time.monotonic()
        taken = source(self.port, messages, connections)
        return taken, messages / (sink.wait(before + messages) - started)

    def stop(self):
        self.run("stop")


class Postgres:
    """A PostgreSQL cluster with its own defaults: fsync and synchronous_commit on."""

    def __init__(self, folder):
        self.home = os.path.join(folder, "postgres")
        os.makedirs(self.home)
        programs = sorted(f"/usr/lib/postgresql/{version}/bin" for version in os.listdir("/usr/lib/postgresql"))
        self.programs = programs[-1]
        self.number = 0
        self.password = secrets.token_hex(16)
        with open(f"{self.home}/password", "w", encoding="ascii") as file:
            file.write(self.password + "\n")
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
            shutil.chown(f"{self.home}/password", "postgres", "postgres")
        self.call("initdb", "-D", f"{self.home}/data", "-U", "posthorn", f"--pwfile={self.home}/password",
                  "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")
        self.port = free_port()
        self.call("pg_ctl", "-D", f"{self.home}/data", "-l", f"{self.home}/server.log", "-w", "start", "-o",
                  f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='{self.home}' "
                  "-c max_connections=200 -c log_min_messages=fatal")
        with open(f"{self.home}/data/postmaster.pid", encoding="ascii") as file:
            self.pid = int(file.readline())

    def call(self, program, *arguments):
        # PostgreSQL refuses to run as root
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*as_postgres, f"{self.programs}/{program}", *arguments], check=True, cwd="/",
                       stdout=subprocess.DEVNULL)

    def sql(self, sql, database="postgres"):
        done = subprocess.run([f"{self.programs}/psql", "-qAtX", "-h", "127.0.0.1", "-p", str(self.port), "-U", "posthorn",
                               "-d", database, "-c", sql], check=True, cwd="/", capture_output=True, text=True,
                              env={**os.environ, "PGPASSWORD": self.password})
        return done.stdout.strip()

    def create(self):
        self.number += 1
        self.sql(f"CREATE DATABASE bench_{self.number}")
        return f"bench_{self.number}"

    def url(self, name):
        return f"postgres://posthorn:{self.password}@127.0.0.1:{self.port}/{name}"

    def drop(self, name):
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def cpu(self):
        """Processor seconds of all its processes so far, those that have ended included."""
        time.sleep(0.3)  # who is about to end is counted neither here nor there
        ticks = 0
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(entry) == self.pid:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.pid:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.call("pg_ctl", "-D", f"{self.home}/data", "-m", "immediate", "-w", "stop")


class Laboratory:
    """The mail laboratory, where its folder is (POSTHORN_MAILLAB, or ../shared/maillab)."""

    def __init__(self, folder):
        self.state = os.path.join(folder, "lab")
        self.script = os.path.join(folder, "maillab")
        shutil.copy(os.path.join(self.folder(), "maillab"), self.script)
        os.chmod(self.script, 0o755)
        for _ in range(5):
            offset = random.randrange(4000, 29000, 400)
            if self.call("--offset", str(offset), "start", "--fresh").returncode == 0:
                break
            self.stop()
        else:
            raise OSError("the laboratory does not start")
        self.values = json.loads(self.call("env", "--format", "json").stdout)

    @staticmethod
    def folder():
        return os.environ.get("POSTHORN_MAILLAB") or os.path.join(ROOT, "..", "shared", "maillab")

    @classmethod
    def missing(cls):
        """Why there is none; empty if there is."""
        if os.geteuid() != 0:
            return "it needs root"
        if not os.path.exists(os.path.join(cls.folder(), "maillab")):
            return f"there is no {cls.folder()}/maillab (POSTHORN_MAILLAB names another folder)"
        return ""

    def call(self, *arguments):
        return subprocess.run([self.script, "--state", self.state, *arguments], capture_output=True, text=True, check=False)

    def port(self, listener):
        return int(self.values[f"MAILLAB_PORT_{listener}"])

    def stop(self):
        self.call("stop", "--purge")


def can_run_postfix():
    """Why Postfix cannot be measured; empty if it can."""
    if os.geteuid() != 0:
        return "Postfix needs root"
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        return "there is no user postfix"
    return ""
