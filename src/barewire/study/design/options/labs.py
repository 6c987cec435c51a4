"""Options of labs: load generator, servers, network and nodes."""

from __future__ import annotations

from barewire.study.design.options.option import LAB, LOAD, Option

OPTIONS = (
    Option(
        "connections",
        LOAD,
        "Connections of the load generator",
        "a whole number of connections, 1 to 10000",
        default=64,
        type=int,
    ),
    Option(
        "threads",
        LOAD,
        "Threads of the load generator",
        "a whole number of generator threads, 1 to 256",
        default=1,
        type=int,
    ),
    Option(
        "pipeline",
        LOAD,
        "Requests in flight on a connection",
        "a whole number of requests under way on a connection, 1 to 256",
        default=1,
        type=int,
    ),
    Option("arrivals", LOAD, "Times between requests: even or poisson", '"even" or "poisson"', default="even"),
    Option(
        "timing",
        LOAD,
        "How the generator waits: spin, sleep, auto",
        '"spin", "sleep" or "auto" (spin if a CPU can be spared for it)',
        default="auto",
    ),
    Option(
        "streams",
        LOAD,
        "Streams of the second tcp-stream load",
        "a whole number of streams for the second tcp-stream load, 1 to 128",
        default=4,
        type=int,
    ),
    Option("server_cpus", LOAD, "CPUs of the server", '"auto" or CPUs like "0,2-3"', default="auto"),
    Option("client_cpus", LOAD, "CPUs of the client", '"auto" or CPUs like "0,2-3"', default="auto"),
    Option(
        "port",
        LOAD,
        "First port of the servers",
        "the first port of the first pod's range, 1024 to 64536",
        default=20000,
        type=int,
    ),
    Option(
        "nodes",
        LAB,
        "Nodes of a lab; of a cluster, names: a,b",
        "a whole number of nodes, 2 to 250, or names of a cluster's nodes",
        default=2,
    ),
    Option("pods", LAB, "Pods on each node", "a whole number of pods on each node, 1 to 40", default=1, type=int),
    Option(
        "family",
        LAB,
        "IP version: 4 or 6; in a cluster also 46",
        "4 or 6, the IP version of the workloads, or 46 for both versions in a cluster",
        default=4,
        type=int,
    ),
    Option(
        "wire",
        LAB,
        "Underlay: rate=10gbit,delay=50us,loss=1%,mtu=1500",
        'a table, or text like "rate=10gbit,delay=50us,loss=1%,mtu=1500,offloads=off"',
        shown="",
    ),
    Option(
        "topology",
        LAB,
        "Racks: racks=2,nodes=2,pair=across, or FILE.toml",
        'text like "racks=2,nodes=2,spines=0,pair=across", pair=within for two nodes of one rack, pair=both for both in turn, '
        'a file like "topology.toml", or "" for one segment',
        default="",
        shown="",
    ),
)
