# SPDX-License-Identifier: Apache-2.0
"""Pieces of runs and dense words, as lists of bytes."""

import random


def pieces_of(rng, size, copies, *, empty=0.1):
    """Random pieces of several copies as lists of lane, count and last; each copy has one byte at least."""
    made = []
    for _ in range(copies):
        copy = []
        for _ in range(rng.randrange(1, 8)):
            lane = rng.randrange(size) if rng.random() < 0.7 else 0
            copy.append([lane, 0 if rng.random() < empty else rng.randint(1, size - lane), 0])
        copy[-1][1:] = max(1, copy[-1][1]), 1
        made.append(copy)
    return made


def steps_of_runs(rng, size, word, run, runs, *, reads):
    """Pieces of a byte-addressed streamer's steps: runs that begin in any byte of a bank word, steps to spare."""
    made, spare = [], rng.randrange(2)
    steps = -(-(word - 1 + run) // size) + spare
    for number in range(runs):
        lane, left = rng.randrange(word), run
        for step in range(steps):
            count = min(left, size - lane)
            left -= count
            ends = number == runs - 1 and (left == 0 and count if reads else step == steps - 1)
            made.append({"lane": lane, "count": count, "last": int(bool(ends))})
            lane = 0
    return made


def word(values):
    """Bytes as the word they make up, the first lowest."""
    return int.from_bytes(bytes(values), "little")


def dense(data, size):
    """Words of a copy's bytes; what its last word does not hold is arbitrary."""
    padded = data + bytes(random.Random(len(data)).choices(range(256), k=-len(data) % size))
    return [{"data": word(padded[i:i + size]), "count": min(size, len(data) - i), "last": i + size >= len(data)}
            for i in range(0, len(padded), size)]
