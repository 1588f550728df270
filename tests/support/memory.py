# SPDX-License-Identifier: Apache-2.0
"""A memory behind a streamer's ports that grants at random, for tests of one streamer."""

import random


def serve(streamer, contents: dict[tuple[int, int], int], *, stall: float = 0.0, seed: int = 2, log: list | None = None):
    """Testbench, to run in the background: answers all ports of ``streamer`` from and to ``contents``.

    ``contents`` maps (bank, row) to a word. ``log`` receives each granted (channel, bank, row).
    A request that is not granted must hold; words not asked for read as noise. Ports that write
    single bytes change no others; to write none there is no request.
    """
    reads, masked = streamer.config.reads, not streamer.config.reads and streamer.config.tail_masks
    reach = 1 if streamer.config.reach == "all" else streamer.config.reach
    width = streamer.memory.bank_width

    async def bench(ctx):
        rng = random.Random(seed)
        held = {}
        while True:
            grants = [rng.random() >= stall for _ in streamer.ports]
            for port, grant in zip(streamer.ports, grants, strict=True):
                ctx.set(port.grant, grant)
            signals = [s for p in streamer.ports for s in 
                       (p.request, p.bank, p.row, *(() if reads else (p.write_data,)), *((p.write_bytes,) if masked else ()))]
            _, _, *values = await ctx.tick().sample(*signals)
            size = 3 if reads else 4 + masked
            for c, port in enumerate(streamer.ports):
                request, bank, row, *data = values[c * size:(c + 1) * size]
                if c in held:
                    assert request and held[c] == (bank, row, *data), f"channel {c} changed a request before its grant"
                    del held[c]
                if request and not grants[c]:
                    held[c] = (bank, row, *data)
                where = bank * reach + c % reach, row
                granted = request and grants[c]
                if granted and log is not None:
                    log.append((c, *where))
                if reads:
                    ctx.set(port.read_data, contents[where] if granted else rng.getrandbits(width))
                elif granted:
                    changed = sum(0xFF << 8 * b for b in range(width // 8) if data[1] >> b & 1) if masked else -1
                    assert changed, f"channel {c} writes no byte"
                    contents[where] = contents[where] & ~changed | data[0] & changed if masked else data[0]

    return bench
