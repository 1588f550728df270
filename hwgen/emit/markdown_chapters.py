# SPDX-License-Identifier: Apache-2.0
"""The chapters of the register reference that are prose: overview, jobs, errors."""

from ..config.error_causes import MEANINGS
from ..config.register_map import RegisterMap, window_groups
from ..config.registers import REGISTER_BITS


def overview(registers: RegisterMap) -> str:
    """What the cluster is, and how its bus behaves."""
    config = registers.config
    memory = config.memory
    names = ", ".join(unit.name for unit in registers.units)
    modes = ", ".join(f"{group}" for group in window_groups(config))
    return f"""\
Config hash `{config.config_hash}`; registers `config_hash_high` and `config_hash_low` hold it as well.

The cluster has {len(registers.units)} units that take jobs ({names}) and a scratchpad of {memory.banks} banks of
{memory.bank_width} bits by {memory.bank_depth} words, {memory.size} bytes in all. The bus is AXI4-Lite with 32 bits of
data and {registers.address_bits} bits of byte address.

Registers are {REGISTER_BITS} bits wide and are written as a whole. A write is answered with an error, and changes
nothing, if its address is not that of a writable register, not all four bytes are written, or a field's
value is outside its range. Reads of what cannot be read are answered with an error too. A signed field
alone in its register is written sign-extended; packed with others it takes just its own bits.
Access is `rw`, `ro` (read only) or `wo` (write only).

The memory window shows the scratchpad in words of 32 bits, by logical address in the addressing mode that
`window_mode` selects (banks in one group: {modes})."""


def jobs(registers: RegisterMap) -> str:
    """How to push a job, and how jobs are ordered."""
    config = registers.config.jobs
    bits = ", ".join(f"{registers.unit_index(unit.name)} {unit.name}" for unit in registers.units)
    push, space = registers.address("cluster.push"), registers.address(f"cluster.queue_space_{registers.units[0].name}")
    units = len(registers.units)
    return f"""\
## Jobs

A job is one entry for each unit that takes part.

1. Write the entries: the registers of each unit's block. What is not written keeps its last value.
2. Write the mask of these units to `push` (0x{push:X}); bits: {bits}. The entries are taken together. The
   write is answered with an error, and takes nothing, if any of the queues is full: each holds
   {config.queue_depth} entries besides the running one, and `queue_space_<unit>` (from 0x{space:X}) tells how many
   more can be pushed. Registers may be written for the next job right after.
3. Each unit starts its entry once it is done with the one before and the entry's waits are met.
   `completed_<unit>` counts completions modulo 2^{config.count_width}.

An entry has up to {config.waits} waits, `wait_0` upwards; the first that is not enabled ends the list. A source below
{units} is a unit: the wait is met once the unit has completed the given count of jobs, the counter compared
modulo 2^{config.count_width}. Sources {units} to {units + config.semaphores - 1} are the semaphores 0 to {config.semaphores - 1}: the wait takes
the given amount once the semaphore holds it. No unit waits for another without being told to.

Once its job has completed, an entry adds `signal_amount` to a semaphore if `signal_enable` is set, and raises
the completion interrupt if `interrupt` is set. The host signals semaphores by writing to `signal`."""


def errors(registers: RegisterMap) -> str:
    """What happens on a wrong access, and how to go on."""
    causes = "\n".join(f"- {cause.value}: {words}" for cause, words in MEANINGS.items())
    return f"""\
## Errors

A streamer's wrong access is suppressed (a read gives zero), the job runs to its end, and the first error since
the last resume is latched in `error_info`, `error_address` and `error_job`. No job starts while an error is
latched. Writing `resume` in `control` clears it and lets queued jobs start; `flush` drops them. `error_cause`:

{causes}"""
