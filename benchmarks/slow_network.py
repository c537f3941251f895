"""Reductions of MPI over a network of a chosen speed, which is made on this machine.

    sudo .venv/bin/python benchmarks/slow_network.py 1gbit

Each rank runs in a network namespace, with a host name and shared memory of its own. So ranks reach
each other by TCP only, through links that are limited to the rate. Needs Linux, root, iproute2, and the
extra `mpi`. It prints the median time of a reduction by ranks and size, beside the model of
docs/scale.md without its latency.
"""

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SIZES = 1, 25_000, 100_000, 1_863_690  # numbers in float32
RANKS = 2, 4, 8
LAUNCHER = """#!/bin/bash
# In place of ssh: run a command on a "machine", which is a namespace.
while [[ $1 == -* ]]; do shift; done
name=rank${1##*.}
shift
exec ip netns exec "$name" unshare --uts --ipc --mount \\
    bash -c "hostname $name; mount -t tmpfs tmpfs /dev/shm; $*"
"""
UNITS = {"mbit": 1e6, "gbit": 1e9}


def run(command):
    subprocess.run(shlex.split(command), check=True)


def build(ranks, rate):
    """A bridge, and for each rank a namespace with a link to it."""
    run("ip link add nnbridge type bridge")
    run("ip link set nnbridge up")
    for rank in range(1, ranks + 1):
        name, limit = f"rank{rank}", f"root tbf rate {rate} burst 512kb latency 50ms"
        run(f"ip netns add {name}")
        run(f"ip link add nnlink{rank} type veth peer name eth0 netns {name}")
        run(f"ip link set nnlink{rank} master nnbridge up")  # codespell:ignore master
        run(f"ip -n {name} addr add 10.213.0.{rank}/24 dev eth0")
        run(f"ip -n {name} link set eth0 up")
        run(f"ip -n {name} link set lo up")
        run(f"tc -n {name} qdisc add dev eth0 {limit}")
        run(f"tc qdisc add dev nnlink{rank} {limit}")


def remove(ranks):
    for rank in range(1, ranks + 1):
        subprocess.run(["ip", "netns", "delete", f"rank{rank}"], check=False)
    subprocess.run(["ip", "link", "delete", "nnbridge"], check=False)


def measure(repeats):
    """What each rank runs: rank 0 prints size and median time in milliseconds."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    for size in SIZES:
        numbers, total, times = np.ones(size, np.float32), np.empty(size, np.float32), []
        for _ in range(2 + repeats):
            world.Barrier()
            start = time.perf_counter()
            world.Allreduce(numbers, total)
            times.append(time.perf_counter() - start)
        if world.rank == 0:
            print(size, 1e3 * statistics.median(times[2:]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rate", help="of each link, such as 1gbit")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.repeats)
        return
    bandwidth = float(arguments.rate[:-4]) * UNITS[arguments.rate[-4:]] / 8
    try:
        build(max(RANKS), arguments.rate)
        with tempfile.TemporaryDirectory() as folder:
            launcher = Path(folder, "launcher")
            launcher.write_text(LAUNCHER)
            launcher.chmod(0o755)
            for ranks in RANKS:
                hosts = ",".join(f"10.213.0.{rank}" for rank in range(1, ranks + 1))
                options = f"-launcher ssh -launcher-exec {launcher} -hosts {hosts} -ppn 1 -n {ranks}"
                mpiexec = Path(sys.executable).with_name("mpiexec")
                worker = f"{sys.executable} {Path(__file__).resolve()} {arguments.rate} --measure"
                command = (
                    f"ip netns exec rank1 env OMP_NUM_THREADS=1 FI_PROVIDER=tcp {mpiexec} {options}"
                )
                printed = subprocess.run(
                    shlex.split(f"{command} {worker} --repeats {arguments.repeats}"),
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
                for line in printed.splitlines():
                    size, found = line.split()
                    model = 1e3 * 2 * (ranks - 1) / ranks * 4 * int(size) / bandwidth
                    print(
                        f"{ranks} ranks, {int(size):9,} numbers: {float(found):8.3f} ms, by the model "
                        f"{model:8.3f} ms"
                    )
    finally:
        remove(max(RANKS))


if __name__ == "__main__":
    main()
