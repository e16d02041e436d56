"""The parts of bench/outbox. Each measures, prints its table, and notes its goals."""

import os
import statistics
import sys
import time

import servers
from engine import high_water
from support import Load, Visitor, free_port, get_script, invite, say, table, wait_for

DATABASES = ["SQLite", "PostgreSQL"]


def deliver(bench, database, port, messages, connections=16, tenants=1, **fill):
    """Enqueues and delivers in an outbox of its own: what a message costs."""
    more = fill.pop("more", None)
    outbox = bench.outbox(database, connections=connections, more=more)
    try:
        if fill:
            enqueued = outbox.fill(tenants=tenants, messages_each=messages // tenants, port=port, **fill)["enqueuing"]
            enqueuing_cpu = 0
        else:
            usage = outbox.load(messages, tenants, port)
            enqueued, enqueuing_cpu = usage.seconds, usage.cpu
        usage = outbox.deliver(messages)
    finally:
        outbox.drop()
    return {
        "enqueue": messages / enqueued,
        "deliver": messages / usage.seconds,
        "both": messages / (enqueued + usage.seconds),
        "cpu": (usage.cpu + enqueuing_cpu) * 1000 / messages,
        "deliver_cpu": usage.cpu * 1000 / messages,
        "database_cpu": usage.database_cpu * 1000 / messages,
        "sqlite_cpu": usage.sqlite_cpu * 1000 / messages,
        "memory": usage.peak_mib,
    }


def medians(rounds):
    return {key: statistics.median(round_[key] for round_ in rounds) for key in rounds[0]}


def wire(bench):
    """Durable outbox to smtp-sink, 1, 4 and 16 connections, against smtp-source and Postfix as relay."""
    why = servers.can_run_postfix()
    postfix = None
    if why:
        bench.skip("Postfix as relay", why)
    else:
        postfix = servers.Postfix(bench.folder, bench.sink.port)
    sources, ours, relays = {}, {}, []
    try:
        for number in range(bench.rounds):
            say(f"wire: round {number + 1} of {bench.rounds}")
            for connections in (1, 4, 16):
                sources.setdefault(connections, []).append(servers.source(bench.sink.port, bench.messages, connections))
                for database in DATABASES:
                    before = bench.sink.count()
                    found = deliver(bench, database, bench.sink.port, bench.messages, connections)
                    bench.sink.wait(before + bench.messages, 10)
                    ours.setdefault((database, connections), []).append(found)
            if postfix:
                taken, through = postfix.relay(bench.sink, bench.messages // 4, 16)
                relays.append({"taken": taken, "through": through})
    finally:
        if postfix:
            postfix.stop()
    yardstick = {connections: statistics.median(rates) for connections, rates in sources.items()}
    relay = medians(relays) if relays else None
    rows = []
    for connections in (1, 4, 16):
        rows.append([f"smtp-source, {connections}", "", yardstick[connections], "", "1", "", "", "", ""])
    if relay:
        rows.append(["Postfix as relay, 16", relay["taken"], "", relay["through"], "", "1", "", "", ""])
    for (database, connections), rounds in ours.items():
        m = medians(rounds)
        against = f"{m['both'] / relay['through']:.2f}" if relay else "-"
        rows.append([f"Posthorn, {database}, {connections}", m["enqueue"], m["deliver"], m["both"],
                     f"{m['deliver'] / yardstick[connections]:.2f}", against, m["cpu"], m["database_cpu"], m["memory"]])
    say("\nDurable outbox to smtp-sink, messages of 4 KiB; messages a second, rendering included")
    table(["sender, connections", "enqueue", "deliver", "end to end", "deliver / smtp-source", "end to end / Postfix",
           "CPU s a 1,000", "of the database", "MiB"], rows)
    for database, bound in zip(DATABASES, (10, 5)):
        m = medians(ours[(database, 16)])
        if relay:
            ratio = statistics.median(our["both"] / relay_["through"] for our, relay_ in zip(ours[(database, 16)], relays))
            bench.goal(f"{database}, 16 connections, end to end against Postfix as relay", ratio, "", bound, True)
        bench.goal(f"{database}, CPU a 1,000 messages (the database's own included)", m["cpu"] + m["database_cpu"], "s", 0.25, False)


def secure(bench):
    """StartTLS and sign-in against the laboratory's Postfix, which throws the mail away."""
    why = servers.Laboratory.missing()
    if why:
        return bench.skip("secure", why)
    laboratory = servers.Laboratory(bench.folder)
    try:
        login = {"user": laboratory.values["MAILLAB_USER"], "password": laboratory.values["MAILLAB_PASSWORD"]}
        more = {"POSTHORN_EXTRA_CA_FILE": laboratory.values["MAILLAB_CA_FILE"]}
        messages = bench.slow_messages * 2
        plain, submission = laboratory.port("PLAIN"), laboratory.port("SUBMISSION")
        wires = [("", plain, submission, 1),
                 (", 20 ms", servers.delay(bench.release, plain, 20), servers.delay(bench.release, submission, 20), 4)]
        rows = []
        for connections in (1, 4, 16):
            for what, to_plain, to_submission, fewer in wires:
                say(f"secure: {connections} connections{what}")
                some = messages // (4 if connections == 1 else 1) // fewer
                rates = [servers.source(to_plain, some, connections, "discard@load.example") for _ in range(bench.rounds)]
                yardstick = statistics.median(rates)
                rows.append([f"smtp-source, without TLS and sign-in, {connections}{what}", yardstick, "1", "", ""])
                for database in DATABASES:
                    m = medians([deliver(bench, database, to_submission, some, connections, local_part="discard", login=login,
                                         server="localhost", more=more) for _ in range(bench.rounds)])
                    rows.append([f"Posthorn, {database}, {connections}{what}", m["deliver"], f"{m['deliver'] / yardstick:.2f}",
                                 m["deliver_cpu"], m["database_cpu"]])
    finally:
        laboratory.stop()
    say("\nStartTLS and sign-in to a Postfix that discards; messages a second")
    table(["sender, connections", "deliver", "/ smtp-source", "CPU s a 1,000", "of the database"], rows)


def delay(bench):
    """20 ms before each reply: what pipelining gives."""
    plain_sink = servers.Sink(bench.folder, pipelining=False)
    slow = servers.delay(bench.release, bench.sink.port, 20)
    slow_plain = servers.delay(bench.release, plain_sink.port, 20)
    sources, ours = [], {}
    for number in range(bench.rounds):
        say(f"delay: round {number + 1} of {bench.rounds}")
        sources.append(servers.source(slow, bench.slow_messages, 16))
        for database in DATABASES:
            for words, port in (("PIPELINING", slow), ("one command at a time", slow_plain)):
                messages = bench.slow_messages * (4 if port == slow else 1)
                found = deliver(bench, database, port, messages)
                ours.setdefault((database, words), []).append(found)
    plain_sink.stop()
    yardstick = statistics.median(sources)
    rows = [["smtp-source, 16", yardstick, "1"]]
    for (database, words), rounds in ours.items():
        m = medians(rounds)
        rows.append([f"Posthorn, {database}, 16, {words}", m["deliver"], f"{m['deliver'] / yardstick:.2f}"])
    say("\n20 ms before each reply; messages a second")
    table(["sender, connections", "deliver", "/ smtp-source"], rows)
    for database in DATABASES:
        ratios = [our["deliver"] / rate for our, rate in zip(ours[(database, "PIPELINING")], sources)]
        bench.goal(f"{database}, 20 ms of round trip, 16 connections against smtp-source", statistics.median(ratios), "", 2, True)


def enqueue(bench):
    """One event to 10,000 recipients."""
    rows = []
    for database, bound in zip(DATABASES, (0.5, 1.5)):
        seconds, bytes_each = [], []
        for _ in range(max(3, bench.rounds)):
            outbox = bench.outbox(database)
            outbox.fill(tenants=1, messages_each=100, port=bench.sink.port)
            before = outbox.bytes()
            seconds.append(outbox.fill(tenants=1, messages_each=10_000, port=bench.sink.port)["longest"])
            bytes_each.append((outbox.bytes() - before) / 10_000)
            outbox.drop()
        rows.append([database, statistics.median(seconds), statistics.median(bytes_each)])
        bench.goal(f"{database}, one event to 10,000 recipients", statistics.median(seconds), "s", bound, False)
    say("\nOne event to 10,000 recipients: one content of 4 KiB, one transaction")
    table(["database", "seconds", "bytes a message"], rows)


def waiting(bench):
    """A million messages wait."""
    rows, few = [], 4_000
    for database in DATABASES:
        first = {}
        for count in (few, bench.waiting):
            say(f"waiting: {count:,} in {database}")
            outbox, port = bench.outbox(database), free_port()
            filled = outbox.fill(tenants=1, messages_each=count, port=port)
            found = outbox.claim(port, messages=100, rounds=9)
            first[count] = statistics.median(found["first_ms"])
            memory, pages = "", ""
            if count == bench.waiting:
                memory = memory_with(bench, outbox, port)
                pages = page(bench, outbox)
                bench.goal(f"{database}, memory with {count:,} waiting", memory, "MiB", 128, False)
            rows.append([f"{database}, {count:,} waiting", count / filled["enqueuing"], first[count],
                         statistics.median(found["a_second"]), memory, pages])
            outbox.drop()
        bench.goal(f"{database}, time to the first message, {bench.waiting:,} waiting against {few:,}",
                   first[bench.waiting] / first[few], "", 1.5, False)
    say("\nMany waiting: from the engine's start to the first message at the server, and how many then came a second")
    table(["", "enqueue/s", "first, ms", "then/s", "MiB", "page p99, ms"], rows)


def memory_with(bench, outbox, port):
    """The worker's highest memory in ten seconds of work."""
    sink = servers.Sink(bench.folder, port=port)
    worker = outbox.start("worker")
    time.sleep(10)
    memory = high_water(worker.pid)
    worker.terminate()
    worker.wait(15)
    sink.stop()
    return memory


def page(bench, outbox):
    """p99 of the page of deliveries, 16 connections."""
    port = free_port()
    portal = outbox.start("serve", "--no-worker", POSTHORN_LISTEN=f"127.0.0.1:{port}",
                          POSTHORN_BASE_URL=f"http://localhost:{port}")
    try:
        wait_for(port)
        environment = {**outbox.environment, "POSTHORN_BASE_URL": f"http://localhost:{port}"}
        person = invite(os.path.join(bench.release, "posthorn"), environment, port, "load-0001", "admin@load-0001.example",
                        "tenant-admin")
        admin = Visitor("load-0001.localhost", port)
        admin.post("/sign-in", "/sign-in", person)
        path = "/administration/deliveries"
        status, text = admin.send("GET", path)
        if status != 200:
            bench.skip("page of deliveries", f"{path} answers {status}")
            return "-"
        if "user-" not in text:
            sys.exit(f"{path} shows no message")
        script = get_script({"Host": admin.host, **admin.headers()})
        return Load(bench.folder, f"http://127.0.0.1:{port}{path}", script, 5).result()["p99"]
    finally:
        portal.terminate()
        portal.wait(15)


def tenants(bench):
    """One, some and many tenants: what claiming and settling costs.

    Claiming and settling is what the database does: its processor time a message is their cost, with PostgreSQL that of
    its processes, with SQLite that of its threads. The whole processor time a message is shown as well; in it are the
    further connections, since each tenant has its own.
    """
    for database in DATABASES:
        rows, one = [], None
        for count, each in bench.tenants:
            say(f"tenants: {count:,} with {each:,} messages each, {database}")
            before = bench.sink.count()
            m = deliver(bench, database, bench.sink.port, count * each, connections=4, tenants=count, local_part="somebody")
            bench.sink.wait(before + count * each, 10)
            one = one or m
            whole = (m["deliver_cpu"] + m["database_cpu"]) / (one["deliver_cpu"] + one["database_cpu"])
            claiming = lambda of: of["database_cpu"] or of["sqlite_cpu"]
            cost = claiming(m) / claiming(one)
            rows.append([f"{count:,} tenants with {each:,} each", m["deliver"], f"{m['deliver'] / one['deliver']:.2f}",
                         claiming(m), f"{cost:.2f}", m["deliver_cpu"] + m["database_cpu"], f"{whole:.2f}", m["memory"]])
            if count > 1:
                title = f"{database}, {count:,} tenants, cost of claiming and settling a message against one tenant"
                bench.goal(title, cost, "", 1.1, False)
                bench.goal(f"{database}, {count:,} tenants, rate against one tenant", m["deliver"] / one["deliver"], "", 0.7, True)
        say(f"\n{database}, 4 connections a tenant")
        table(["", "deliver/s", "/ one tenant", "claim, settle: CPU s a 1,000", "/ one tenant", "in all: CPU s a 1,000",
               "/ one tenant", "MiB"], rows)
