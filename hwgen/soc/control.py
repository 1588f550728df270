# SPDX-License-Identifier: Apache-2.0
"""Job control: the bus, the registers, one job queue per unit, and what watches over them."""

from amaranth import Cat, Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import ClusterConfig
from ..config.counters import cycle_causes
from ..config.dma import LOAD, NOTIFY, STORE
from ..config.register_map import FORMAT_VERSION, IDENTIFICATION, WORD_BYTES, RegisterMap
from ..config.registers import REGISTER_BITS
from ..dma.side import ExternalReport
from ..parts.axi import AxiReadSignature
from ..parts.job import JobSignature
from ..parts.probe import probe
from ..parts.window_port import WindowPortSignature
from ..streamer.front import ErrorReport
from ..streamer.status import WaitCause
from .accelerator import AcceleratorStatus
from .axi_lite import AxiLite
from .cycle_counters import CycleCounters
from .descriptors.queue import DescriptorQueue
from .error_latch import ErrorLatch
from .memory_window import MemoryWindow
from .register_file import RegisterFile
from .semaphores import Semaphores
from .unit_queue import UnitQueue

AXI_PINS = {
    "awaddr": In, "awprot": In, "awvalid": In, "awready": Out, "wdata": In, "wstrb": In, "wvalid": In, "wready": Out,
    "bresp": Out, "bvalid": Out, "bready": In, "araddr": In, "arprot": In, "arvalid": In, "arready": Out,
    "rdata": Out, "rresp": Out, "rvalid": Out, "rready": In,
}


class StreamerStatus(data.StructLayout):
    """What job control watches of each streamer; ``waiting`` is meaningful for readers only."""

    def __init__(self, channels: int):
        super().__init__({"waiting": WaitCause, "accesses": range(channels + 1)})


class JobControl(wiring.Component):
    """Takes jobs from the bus and starts each when its waits are met.

    Members
    -------
    axi pins : AXI4-Lite subordinate, by their names without prefix
    irq : ``Out(1)``
    job_<unit> : ``In(JobSignature(unit))``
    error_<streamer> : ``In(ErrorReport)``
    status_<streamer> : ``In(StreamerStatus)``
    accelerator_status : ``In(AcceleratorStatus(config))``
        For the counters.
    reading, running : ``Out(1)``
        Some reader, some unit of the accelerator is running.
    window : ``Out(WindowPortSignature(memory))``
    report_load, report_store, report_notify : ``In(ExternalReport)``, where there is an external memory
    fetch : ``Out(AxiReadSignature(address_width, data_width))``, where there is a queue of descriptors
    drained : ``In(1)``, where there is an external memory
        No burst is under way.
    reset : ``Out(1)``
        Everything but the bus is to be reset; held until ``drained``, and two cycles at least.
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.map = config, RegisterMap(config)
        streamers = config.all_streamers
        engines = (LOAD, STORE, NOTIFY) if config.dma else ()
        self._has_descriptors = config.dma is not None and config.dma.descriptors is not None
        bus = AxiLite(self.map.address_bits)
        self.bus = bus
        super().__init__({
            **{name: bus.signature.members[name] for name in AXI_PINS},
            "irq": Out(1),
            **{f"job_{unit.name}": In(JobSignature(unit)) for unit in self.map.units},
            **{f"error_{name}": In(ErrorReport(streamer)) for name, streamer in streamers.items()},
            **{f"status_{name}": In(StreamerStatus(streamer.channels)) for name, streamer in streamers.items()},
            **{f"report_{name}": In(ExternalReport(config.dma, config.jobs.count_width)) for name in engines},
            **({"fetch": Out(AxiReadSignature(config.dma.address_width, config.dma.data_width))} if self._has_descriptors else {}),
            **({"drained": In(1)} if config.dma else {}),
            "reset": Out(1),
            "accelerator_status": In(AcceleratorStatus(config)),
            "reading": Out(1),
            "running": Out(1),
            "window": Out(WindowPortSignature(config.memory)),
        })

    def elaborate(self, platform):
        m = Module()
        config, unit_count = self.config, len(self.map.units)
        m.submodules.bus = bus = self.bus
        resets = ResetInserter(self.reset)
        registers, semaphores = RegisterFile(config), Semaphores(config, unit_count)
        errors, counters = ErrorLatch(config), CycleCounters(config)
        m.submodules.memory_window = window = MemoryWindow(config)
        for name, part in (("registers", registers), ("semaphores", semaphores), ("errors", errors), ("counters", counters)):
            m.submodules[name] = resets(part)
        descriptors = None
        if self._has_descriptors:
            descriptors = DescriptorQueue(config)
            m.submodules.descriptors = resets(descriptors)
        queues, copiers = {}, self._copiers()
        self.queues = queues
        for unit in self.map.units:
            queues[unit.name] = UnitQueue(config, unit, unit_count, copiers=copiers)
            m.submodules[f"queue_{unit.name}"] = resets(queues[unit.name])
        for name, direction in AXI_PINS.items():
            pin, own = getattr(bus, name), getattr(self, name)
            m.d.comb += pin.eq(own) if direction is In else own.eq(pin)
        connect(m, flipped(self.window), window.port)

        control = registers.write_data
        command = registers.commands
        accepted = Signal()
        m.d.comb += [accepted.eq(registers.write & ~registers.write_error)]
        self._write_path(m, bus, registers, window, descriptors)
        self._read_path(m, bus, registers, window, counters, descriptors)
        self._push(m, registers, queues, semaphores, accepted, descriptors)

        flush, resume, begin = Signal(), Signal(), Signal()
        m.d.comb += [
            resume.eq(accepted & command.control & control[0]),
            flush.eq(accepted & command.control & control[1]),
            counters.clear.eq(accepted & command.control & control[2]),
            begin.eq(accepted & command.control & control[3] & ~self.reset),
            errors.clear.eq(resume),
            self.irq.eq(registers.interrupt_pending),
        ]
        m.d.comb += registers.interrupts.eq(Cat(Cat(queue.interrupt for queue in queues.values()).any(), errors.caught))
        for index, (name, queue) in enumerate(queues.items()):
            connect(m, queue.acquire, semaphores.acquire[index])
            connect(m, queue.signal, semaphores.signal[index])
            connect(m, queue.job, flipped(getattr(self, f"job_{name}")))
            m.d.comb += [
                queue.hold.eq(errors.held),
                queue.flush.eq(flush),
                [queue.counts[i].eq(other.completed) for i, other in enumerate(queues.values())],
                errors.started[index].eq(queue.started),
            ]
        for name in config.all_streamers:
            m.d.comb += getattr(errors, name).eq(getattr(self, f"error_{name}"))
        if config.dma:
            for name in (LOAD, STORE, NOTIFY):
                m.d.comb += getattr(errors, name).eq(getattr(self, f"report_{name}"))
        if descriptors:
            self._descriptors(m, descriptors, registers, errors, flush, resume)
        # A reset that is asked for lasts until no burst is under way.
        held = Signal()
        m.d.sync += held.eq(self.reset)
        with m.If(begin):
            m.d.sync += self.reset.eq(1)
        with m.Elif(held & (self.drained if config.dma else 1)):
            m.d.sync += self.reset.eq(0)
        self._count(m, counters, registers, queues)
        m.d.comb += counters.open.eq(registers.job_write | (descriptors.waiting if descriptors else 0))
        self._values(m, registers, queues, semaphores, errors, counters)
        probe(m, "running", Cat(queue.running for queue in queues.values()))
        probe(m, "queued", Cat(queue.queued for queue in queues.values()))
        return m

    def _copiers(self):
        """Wait sources of the external memory's side."""
        names = [*(self.config.dma.streamers if self.config.dma else ()), *(unit.name for unit in self.config.engines())]
        return [self.map.unit_index(name) for name in names]

    def _descriptors(self, m, descriptors, registers, errors, flush, resume):
        """The queue of descriptors beside the bus."""
        connect(m, descriptors.fetch, flipped(self.fetch))
        connect(m, descriptors.error, errors.descriptor)
        m.d.comb += [
            descriptors.settings.eq(registers.settings),
            *(descriptors.attempts[name].eq(registers.commands[name]) for name in descriptors.attempts.shape().members),
            descriptors.attempt_data.eq(registers.write_data),
            registers.restore.eq(descriptors.restore),
            descriptors.flush.eq(flush),
            descriptors.resume.eq(resume),
            registers.values.queue_head.eq(descriptors.head),
            registers.values.queue_count.eq(descriptors.count),
        ]

    def _share_write(self, m, registers, descriptors, host):
        """Register writes of bus and descriptors take turns while both have some; returns that it is the bus's turn."""
        own, turn = Signal(), Signal()
        m.d.comb += [
            own.eq(descriptors.write.valid & (~host | turn)),
            descriptors.write.ready.eq(own),
        ]
        with m.If(own):
            m.d.comb += [
                registers.write.eq(1),
                registers.write_address.eq(descriptors.write.payload.address),
                registers.write_data.eq(descriptors.write.payload.data),
                registers.write_strobe.eq((1 << WORD_BYTES) - 1),
            ]
        m.d.sync += turn.eq(host & ~own)
        return ~own

    def _share_read(self, m, window, descriptors, host, address):
        """Reads of the scratchpad take turns as well; returns that the bus's is taken.

        What was asked for is held here through a reset, since a request to the interconnect must hold.
        """
        valid, wanted, asked = Signal(), Signal(), Signal.like(window.read.payload)
        own, favor, locked, was_own = Signal(), Signal(), Signal(), Signal()
        read = descriptors.read
        m.d.comb += [
            own.eq(Mux(locked, was_own, valid & (~host | favor))),
            window.read.valid.eq(host | valid),
            window.read.payload.eq(Mux(own, asked, address)),
            read.ready.eq(~valid | own & window.read.ready),
            descriptors.answer.payload.eq(window.read_data),
        ]
        m.d.sync += [
            locked.eq(window.read.valid & ~window.read.ready),
            was_own.eq(own),
            descriptors.answer.valid.eq(own & window.read.ready & window.read.valid & wanted & ~self.reset),
        ]
        with m.If(window.read.valid & window.read.ready):
            m.d.sync += favor.eq(~own)
        with m.If(read.ready):
            m.d.sync += [valid.eq(read.valid), asked.eq(read.payload), wanted.eq(read.valid)]
        with m.If(self.reset):
            m.d.sync += wanted.eq(0)
        return ~own & window.read.ready

    def _write_path(self, m, bus, registers, window, descriptors):
        """Writes go to the registers or, with the address's top bit set, to the memory window."""
        write, free = bus.write.payload, 1
        in_window = write.address[-1]
        beyond = write.address[len(window.write.payload.address):-1].any()
        m.d.comb += [
            registers.write.eq(bus.write.valid & ~in_window),
            registers.write_address.eq(write.address),
            registers.write_data.eq(write.data),
            registers.write_strobe.eq(write.strobe),
            window.mode.eq(registers.window_mode),
            window.write.valid.eq(bus.write.valid & in_window & ~beyond),
            window.write.payload.address.eq(write.address & ~(WORD_BYTES - 1)),
            window.write.payload.data.eq(write.data),
            window.write.payload.strobe.eq(write.strobe),
            bus.write_error.eq(Mux(in_window, beyond, registers.write_error | self.reset)),
        ]
        if descriptors:
            free = self._share_write(m, registers, descriptors, bus.write.valid & ~in_window)
        m.d.comb += bus.write.ready.eq(Mux(in_window, beyond | window.write.ready, free))

    def _read_path(self, m, bus, registers, window, counters, descriptors):
        """Each read is registered once; its answer follows one cycle after it was served."""
        address, valid = Signal(self.map.address_bits), Signal()
        served, answer, from_window = Signal(), Signal.like(bus.read_response.payload), Signal()
        in_window = address[-1]
        beyond = address[len(window.read.payload):-1].any()
        wants_window, taken = Signal(), window.read.ready
        m.d.comb += [
            wants_window.eq(valid & in_window & ~beyond),
            window.read.valid.eq(wants_window),
            window.read.payload.eq(address & ~(WORD_BYTES - 1)),
        ]
        if descriptors:
            taken = self._share_read(m, window, descriptors, wants_window, address & ~(WORD_BYTES - 1))
        m.d.comb += [
            bus.read.ready.eq(~valid | served),
            served.eq(valid & (~in_window | beyond | taken)),
            registers.read_address.eq(address),
        ]
        with m.If(bus.read.ready):
            m.d.sync += [address.eq(bus.read.payload), valid.eq(bus.read.valid)]
        m.d.sync += [
            bus.read_response.valid.eq(served),
            from_window.eq(in_window & ~beyond),
            answer.data.eq(Mux(in_window, 0, registers.read_data)),
            answer.error.eq(Mux(in_window, beyond, registers.read_error)),
        ]
        m.d.comb += [
            bus.read_response.payload.data.eq(Mux(from_window, window.read_data, answer.data)),
            bus.read_response.payload.error.eq(answer.error),
        ]
        first = self.map.address("cluster.count_steps") // WORD_BYTES
        m.d.comb += counters.select.eq(address[2:] - first)

    def _push(self, m, registers, queues, semaphores, accepted, descriptors):
        """A push of the bus goes to all the units it names, or is refused."""
        command, mask = registers.commands, registers.write_data
        full = Signal(len(queues))
        host = registers.write_data
        width = self.config.jobs.semaphore_width
        m.d.comb += [
            full.eq(Cat(queue.space == 0 for queue in queues.values())),
            semaphores.host.valid.eq(command.signal),
            semaphores.host.payload.amount.eq(host[:width]),
            semaphores.host.payload.semaphore.eq(host[width:]),
            registers.refuse.eq((command.push & (full & mask[:len(queues)]).any()) | (command.signal & ~semaphores.host.ready)
                                 | (descriptors.refuse if descriptors else 0)),
        ]
        others = Signal(len(queues))
        if descriptors:
            m.d.comb += [
                others.eq(descriptors.push),
                descriptors.room.eq(~full & ~Mux(command.push, mask[:len(queues)], 0)),
            ]
        for index, (name, queue) in enumerate(queues.items()):
            m.d.comb += [
                queue.push.eq(accepted & command.push & mask[index] | others[index]),
                queue.entry.eq(registers.entries[name]),
            ]

    def _count(self, m, counters, registers, queues):
        streamers, status = self.config.streamers, self.accelerator_status
        own = [queues[unit.name] for unit in self.config.accelerator.units()]
        m.d.comb += [
            self.reading.eq(Cat(queues[name].running for name, streamer in streamers.items() if streamer.reads).any()),
            self.running.eq(Cat(queue.running for queue in own).any()),
            counters.step.eq(status.step),
            counters.active.eq(status.active),
            counters.blocked.eq(status.blocked),
            counters.core_queued.eq(own[0].queued if own else 0),
            counters.others_running.eq(Cat(queue.running for queue in own).any()),
            counters.others_queued.eq(Cat(queue.queued for queue in own[1:]).any()),
        ]
        if not self.config.accelerator.reports_status:
            m.d.comb += counters.busy.eq(status.busy)
        if self.config.accelerator.passes:
            m.d.comb += counters.passing.eq(status.passing)
        if self.config.dma:
            copying = [queues[unit.name] for index, unit in enumerate(self.map.units) if index in self._copiers()]
            waits = counters.awaits_copy
            m.d.comb += [
                counters.copying.eq(Cat(Cat(queue.running, queue.queued) for queue in copying).any()),
                waits.core.eq(own[0].awaits_copy if own else 0),
                waits.others.eq(Cat(queue.awaits_copy for queue in own[1:]).any()),
                *(waits[name].eq(queues[name].awaits_copy) for name in streamers),
            ]
        for name in self.config.all_streamers:
            m.d.comb += counters.accesses[name].eq(getattr(self, f"status_{name}").accesses)
        for name, streamer in streamers.items():
            watched = getattr(self, f"status_{name}")
            m.d.comb += [
                counters.running[name].eq(queues[name].running),
                counters.queued[name].eq(queues[name].queued),
            ]
            if streamer.reads:
                m.d.comb += [
                    counters.needs[name].eq(status[f"needs_{name}"]),
                    counters.waiting[name].eq(watched.waiting),
                ]

    def _values(self, m, registers, queues, semaphores, errors, counters):
        """What the read-only registers show."""
        config_hash = int(self.config.config_hash, 16)
        values = {
            "identification": Const(IDENTIFICATION, REGISTER_BITS),
            "format_version": Const(FORMAT_VERSION, REGISTER_BITS),
            "config_hash_low": Const(config_hash & 0xFFFF_FFFF, REGISTER_BITS),
            "config_hash_high": Const(config_hash >> 32, REGISTER_BITS),
            "status": Cat(Cat(queue.running for queue in queues.values()), errors.held, registers.interrupt_pending, self.reset),
            "queue_full": Cat(queue.space == 0 for queue in queues.values()),
            "error_info": Cat(Mux(errors.valid, errors.cause, 0), errors.unit, errors.channel),
            "error_address": errors.address,
            "error_job": errors.job,
            "total_cycles": counters.total_cycles,
            "cycles": counters.cycles,
            **{f"completed_{name}": queue.completed for name, queue in queues.items()},
            **{f"queue_space_{name}": queue.space for name, queue in queues.items()},
            **{f"semaphore_{s}": semaphores.values[s] for s in range(self.config.jobs.semaphores)},
            **{f"count_{cause}": counters.count for cause in cycle_causes(self.config)},
            **{f"accesses_{name}": counters.access_counts[name] for name in self.config.all_streamers},
        }
        if self.config.dma and self.config.dma.address_width > REGISTER_BITS:
            values["error_address_high"] = errors.address[REGISTER_BITS:]
        m.d.comb += [registers.values[name].eq(value) for name, value in values.items()]
