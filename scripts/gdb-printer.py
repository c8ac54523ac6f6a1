"""gdb prints mx::array: dtype, shape, status and the first elements. Installed as libmx.so.VERSION-gdb.py, which gdb loads
with the library once the folder is trusted (`add-auto-load-safe-path FOLDER`). Nothing is called in the program: memory is
read with the table that frontend/trace/DebugLayout.cpp exports, so core files work and nothing is evaluated.
"""
import itertools
import struct

import gdb
import gdb.printing

# The order of DebugLayout::offsets.
FIELDS = ("kind", "op", "dtype", "status", "host_scalar", "index", "shape", "device", "scalar", "buffer", "layout",
          "layout_strides", "layout_offset", "op_row_bytes", "op_mnemonic")
# The orders of rt::DType, graph::NodeKind and graph::Status.
DTYPES = (("bool", "?"), ("uint8", "B"), ("uint16", "H"), ("uint32", "I"), ("uint64", "Q"), ("int8", "b"), ("int16", "h"),
          ("int32", "i"), ("int64", "q"), ("float16", "e"), ("float32", "f"), ("float64", "d"), ("bfloat16", "H"),
          ("complex64", "ff"))
KINDS = ("op", "leaf", "placeholder", "group", "result")
STATUSES = ("not evaluated", "being evaluated", "available", "failed")
GPU = 1  # of Device::DeviceType
SHOWN = 8


class Unreadable(Exception):
    """What an array holds makes no sense: it was not constructed yet, or its memory was overwritten."""


def read(address, form):
    size = struct.calcsize("<" + form)
    values = struct.unpack("<" + form, bytes(gdb.selected_inferior().read_memory(address, size)))
    return values[0] if len(values) == 1 else values


def one_of(names, number):
    if number >= len(names):
        raise Unreadable
    return names[number]


class Node:
    """A node of the graph in the memory of the program."""

    def __init__(self, address):
        table = int(gdb.parse_and_eval("(unsigned long)&'mx::graph::debugLayout'"))
        *offsets, self.ops = read(table, f"{len(FIELDS)}qQ")
        self.at = dict(zip(FIELDS, offsets))
        self.address = address
        self.kind = one_of(KINDS, self.read("kind", "B"))
        self.dtype, self.form = one_of(DTYPES, self.read("dtype", "B"))
        self.status = one_of(STATUSES, self.read("status", "B"))
        self.shape = self.vector(address + self.at["shape"], "i")

    def read(self, field, form):
        return read(self.address + self.at[field], form)

    @staticmethod
    def vector(address, form):
        """The elements of a SmallVector whose pointer is at `address`, its size behind it."""
        data, size = read(address, "QQ")
        if size > 64:
            raise Unreadable
        return [read(data + i * struct.calcsize(form), form) for i in range(size)]

    def op(self):
        row = self.ops + self.at["op_row_bytes"] * self.read("op", "H")
        size, text = read(row + self.at["op_mnemonic"], "QQ")
        if size > 64:
            raise Unreadable
        return bytes(gdb.selected_inferior().read_memory(text, size)).decode()

    def addresses(self):
        """Of the elements in row-major order."""
        if self.read("host_scalar", "?"):
            return iter([self.address + self.at["scalar"]])
        buffer = self.read("buffer", "Q")
        if not buffer:
            return iter(())
        item = struct.calcsize(self.form)
        data, layout = read(buffer, "Q"), self.read("layout", "Q")
        if not layout:
            strides, offset = None, 0
        else:
            strides, offset = self.vector(layout + self.at["layout_strides"], "q"), read(layout + self.at["layout_offset"], "q")
        if not strides:
            return (data + (offset + i) * item for i in itertools.count())
        places = itertools.product(*map(range, self.shape))
        return (data + (offset + sum(map(int.__mul__, place, strides))) * item for place in places)

    def element(self, address):
        value = read(address, self.form)
        if self.dtype == "bfloat16":
            value = struct.unpack("<f", struct.pack("<I", value << 16))[0]
        if self.dtype == "complex64":
            return "{:g}{:+g}j".format(*value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def elements(self):
        size = 1
        for length in self.shape:
            size *= length
        shown = [self.element(address) for address in itertools.islice(self.addresses(), min(size, SHOWN))]
        text = ", ".join(shown + ["..."] * (size > SHOWN))
        # A device with memory of its own may have newer contents; asking would be a call.
        on_gpu = self.read("device", "i") == GPU
        return f"{'host copy ' if on_gpu else ''}[{text}]"

    def __str__(self):
        shape = ", ".join(map(str, self.shape))
        text = f"array({self.dtype}, ({shape}), "
        if self.kind == "placeholder":
            return text + f"input {self.read('index', 'I')} of a function being traced)"
        if self.status == "available":
            return text + self.elements() + ")"
        made = f" {self.op()}" if self.kind == "op" else ""
        return text + self.status + made + ")"


class ArrayPrinter:
    def __init__(self, value):
        self.node = int(value["node"])

    def to_string(self):
        if not self.node:
            return "array(moved from)"
        try:
            return str(Node(self.node))
        except (gdb.MemoryError, Unreadable, UnicodeDecodeError):
            return f"array(not readable at {self.node:#x})"
        except gdb.error as error:
            return f"array({error})"


printers = gdb.printing.RegexpCollectionPrettyPrinter("mx")
printers.add_printer("array", "^mx::array$", ArrayPrinter)
gdb.printing.register_pretty_printer(gdb.current_objfile(), printers, replace=True)
