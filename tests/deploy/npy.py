"""npy files of the standard library alone: what the tests of tools read and write."""
import ast
import struct

CODES = {"|b1": "?", "|u1": "B", "|i1": "b", "<i4": "i", "<i8": "q", "<f4": "f", "<f8": "d"}


def save(path, descr, shape, values):
    text = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)})
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    data = struct.pack(f"<{len(values)}{CODES[descr]}", *values)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data)


def load(path):
    data = path.read_bytes()
    end = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:end].decode())
    code = CODES[header["descr"]]
    count = (len(data) - end) // struct.calcsize("<" + code)
    return header["descr"], header["shape"], struct.unpack(f"<{count}{code}", data[end:])
