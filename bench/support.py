"""What bench/run and bench/outbox share: a browser's forms and cookies, wrk, ports, processes, tables."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONNECTIONS = 16

# What every script ends with: one line of JSON with what wrk counted.
DONE = """
function done(summary, latency, requests)
  io.write(string.format('JSON {"requests":%d,"us":%d,"refused":%d,"broken":%d,"bytes":%d,"p50":%f,"p99":%f,"max":%f}\\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
"""


def quoted(text):
    return " [==[" + text + "]==] "


def get_script(headers):
    lines = [f"wrk.headers[{quoted(name)}] = {quoted(value)}" for name, value in headers.items()]
    return "\n".join(lines) + DONE


def post_script(requests):
    """Each thread sends one request of its own, again and again: path, headers, form."""
    rows = []
    for path, headers, form in requests:
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        table = ", ".join(f"[{quoted(name)}] = {quoted(value)}" for name, value in headers.items())
        body = urllib.parse.urlencode(form)
        rows.append(f"{{ path = {quoted(path)}, headers = {{ {table} }}, body = {quoted(body)} }}")
    return (
        "local all = { " + ",\n".join(rows) + " }\n"
        "local next_thread = 0\n"
        "function setup(thread) thread:set('number', next_thread % #all + 1); next_thread = next_thread + 1 end\n"
        "function request() local mine = all[number]; return wrk.format('POST', mine.path, mine.headers, mine.body) end\n"
        + DONE
    )


class Load:
    """wrk with a script, under way."""

    def __init__(self, folder, url, script, seconds, threads=2):
        self.script = os.path.join(folder, f"{time.monotonic_ns()}.lua")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(script)
        command = ["wrk", f"-t{threads}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s", "-s", self.script, url]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        STARTED.append(self.process)

    def result(self, may_be_refused=False):
        output, _ = self.process.communicate()
        found = re.search(r"^JSON (.*)$", output, re.MULTILINE)
        if not found:
            sys.exit(f"wrk failed:\n{output}")
        result = json.loads(found.group(1))
        if result["broken"] or (result["refused"] and not may_be_refused):
            sys.exit(f"requests failed: {result}")
        result["rate"] = result["requests"] / (result["us"] / 1e6)
        return result


class Visitor:
    """A browser, as far as forms and cookies go."""

    def __init__(self, host, port):
        self.host, self.port, self.cookies = f"{host}:{port}", port, {}

    def send(self, method, path, form=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Host": self.host, **self.headers()}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, text

    def headers(self):
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def token(self, path):
        status, text = self.send("GET", path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', text)
        if status != 200 or not found:
            sys.exit(f"{path}: {status}, no form\n{text[:500]}")
        return found.group(1)

    def post(self, page, path, form, expected=303):
        status, text = self.send("POST", path, {"csrf_token": self.token(page), **form})
        if status != expected:
            sys.exit(f"POST {path}: {status} in place of {expected}\n{text[:2000]}")


STARTED = []


def end_all():
    for process in STARTED:
        if process.poll() is None:
            process.terminate()
    for process in STARTED:
        try:
            process.wait(12)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rss_mib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) / 1024


def wait_for(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def install(program, package):
    """Installs a Debian package if that program is missing."""
    if shutil.which(program) or os.path.exists(f"/usr/sbin/{program}"):
        return
    print(f"installing {package}", flush=True)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*as_root, "apt-get", "-qq", "update"], check=True, env=environment)
    subprocess.run([*as_root, "apt-get", "-qq", "-y", "--no-install-recommends", "install", package], check=True,
                   env=environment, stdout=subprocess.DEVNULL)


def build():
    """Builds all programs in release; returns their folder."""
    print("building in release (some minutes the first time)", flush=True)
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "--bins", "-p", "posthorn", "-p", "posthorn-bench"],
                   check=True, cwd=ROOT)
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"], check=True,
                              cwd=ROOT, capture_output=True, text=True)
    return os.path.join(json.loads(metadata.stdout)["target_directory"], "release")


def invite(binary, environment, port, tenant, email, role="member"):
    """Creates a user by the command line and sets the password by the link it prints."""
    created = subprocess.run([binary, "user", "create", email, "--tenant", tenant, "--role", role],
                             env={**os.environ, **environment}, check=False, capture_output=True, text=True)
    if created.returncode != 0:
        sys.exit(f"user create {email}: {created.stderr}")
    path = urllib.parse.urlsplit(re.search(r"http\S+", created.stdout).group(0)).path
    password = "a password for measuring"
    visitor = Visitor(f"{tenant}.localhost", port)
    visitor.post(path, path, {"new_password": password, "repeat_password": password})
    return {"email": email, "password": password}


def goals_table(goals):
    """Prints goals as (title, measured, unit, goal, whether it is a lower bound); returns how many are missed."""
    width = max(46, max(len(goal[0]) for goal in goals))
    print(f"| {'goal':<{width}} | {'measured':>12} | {'goal':>12} | met |")
    print(f"| {'-' * width} | {'-' * 11}: | {'-' * 11}: | --- |")
    missed = 0
    for title, value, unit, goal, at_least in goals:
        met = value >= goal if at_least else value < goal
        missed += not met
        bound = f"{'≥' if at_least else '<'} {goal} {unit}".strip()
        print(f"| {title:<{width}} | {f'{value:.3g} {unit}'.strip():>12} | {bound:>12} | {'yes' if met else 'NO '} |")
    return missed


def say(text):
    print(text, flush=True)


def table(heads, rows):
    """A Markdown table; the first column holds words, the others figures."""
    rows = [[cell if isinstance(cell, str) else f"{cell:,.0f}" if cell >= 100 else f"{cell:.3g}" for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    print()
    for row in [heads, None, *rows]:
        if row is None:
            cells = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        else:
            cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("| " + " | ".join(cells) + " |")
    print(flush=True)
