#!/usr/bin/env python3
"""Prints how many milliseconds the disk below DIRECTORY takes to keep 8 kB: the median of two seconds of write and fdatasync.

Usage: benches/fdatasync.py DIRECTORY. The blocks are there already when they are written, as in PostgreSQL's log; pg_test_fsync
does the same in rounds of all methods and tells means only.
"""
import os
import statistics
import sys
import tempfile
import time

SECONDS = 2
BLOCK = b"x" * 8192
BLOCKS = 2048

with tempfile.TemporaryFile(dir=sys.argv[1]) as file:
    file.write(BLOCK * BLOCKS)
    file.flush()
    os.fsync(file.fileno())
    took = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        begun = time.perf_counter()
        os.pwrite(file.fileno(), BLOCK, len(took) % BLOCKS * len(BLOCK))
        os.fdatasync(file.fileno())
        took.append(time.perf_counter() - begun)
print(f"{statistics.median(took) * 1000:.2f}")
