"""MessagePack as parley.v1 uses it: nil, booleans, integers, floats, strings, arrays, maps with string keys.

Strict: everything the protocol does not allow is refused, so that both sides mean the same by the same bytes.
"""
import struct

_SIZES = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
          0xCA: ">f", 0xCB: ">d"}
_STRINGS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_ARRAYS = {0xDC: ">H", 0xDD: ">I"}
_MAPS = {0xDE: ">H", 0xDF: ">I"}


class Malformed(ValueError):
    """The bytes are not one value of plain MessagePack within the bounds."""


def pack(value):
    """Bytes of None, a bool, an int of 64 bits, a float, a str, a list or tuple, or a dict with str keys."""
    out = bytearray()
    _pack(value, out)
    return bytes(out)


def _pack(value, out):
    if value is None:
        out.append(0xC0)
    elif value is False or value is True:
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _pack_int(value, out)
    elif isinstance(value, float):
        out += b"\xcb" + struct.pack(">d", value)
    elif isinstance(value, str):
        data = value.encode("utf-8")
        _head(len(data), out, (0xA0, 32), ((0xD9, 1 << 8), (0xDA, 1 << 16), (0xDB, 1 << 32)))
        out += data
    elif isinstance(value, (list, tuple)):
        _head(len(value), out, (0x90, 16), ((0xDC, 1 << 16), (0xDD, 1 << 32)))
        for item in value:
            _pack(item, out)
    elif isinstance(value, dict):
        _head(len(value), out, (0x80, 16), ((0xDE, 1 << 16), (0xDF, 1 << 32)))
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("keys are strings")
            _pack(key, out)
            _pack(item, out)
    else:
        raise TypeError(f"no MessagePack for {type(value).__name__}")


def _pack_int(value, out):
    if -32 <= value < 128:
        out += struct.pack(">b", value)
        return
    codes = (0xCC, 0xCD, 0xCE, 0xCF) if value >= 0 else (0xD0, 0xD1, 0xD2, 0xD3)
    for code in codes:
        try:
            out += bytes([code]) + struct.pack(_SIZES[code], value)
            return
        except struct.error:
            continue
    raise OverflowError("more than 64 bits")


def _head(size, out, short, longer):
    if size < short[1]:
        out.append(short[0] | size)
        return
    for code, bound in longer:
        if size < bound:
            out += bytes([code]) + size.to_bytes((bound.bit_length() - 1) // 8, "big")
            return
    raise OverflowError("too long")


def unpack(data, max_depth=16, max_elements=1_000_000, max_keys=64):
    """The one value that `data` is; raises Malformed. Costs no more than the bytes that are there."""
    reader = _Reader(bytes(data), max_depth, max_elements, max_keys)
    value = reader.value(0)
    if reader.at != len(reader.data):
        raise Malformed("bytes behind the value")
    return value


class _Reader:
    def __init__(self, data, max_depth, max_elements, max_keys):
        self.data, self.at = data, 0
        self.max_depth, self.elements, self.max_keys = max_depth, max_elements, max_keys

    def take(self, size):
        if size > len(self.data) - self.at:
            raise Malformed("bytes are missing")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self, depth):
        self.elements -= 1
        if self.elements < 0:
            raise Malformed("too many elements")
        code = self.take(1)[0]
        if code <= 0x7F:
            return code
        if code >= 0xE0:
            return code - 256
        if code <= 0x8F or code in _MAPS:
            return self.map(code & 15 if code <= 0x8F else self.number(_MAPS[code]), depth + 1)
        if code <= 0x9F or code in _ARRAYS:
            return self.array(code & 15 if code <= 0x9F else self.number(_ARRAYS[code]), depth + 1)
        if code <= 0xBF or code in _STRINGS:
            return self.string(code & 31 if code <= 0xBF else self.number(_STRINGS[code]))
        if code in _SIZES:
            return self.number(_SIZES[code])
        if code in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[code]
        raise Malformed(f"byte {code:02x} begins no plain value")

    def string(self, size):
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("not UTF-8") from error

    def within(self, size, depth):
        if depth > self.max_depth or size > len(self.data) - self.at:
            raise Malformed("too deep, or elements are missing")

    def array(self, size, depth):
        self.within(size, depth)
        return [self.value(depth) for _ in range(size)]

    def map(self, size, depth):
        self.within(size * 2, depth)
        if size > self.max_keys:
            raise Malformed("too many keys")
        result = {}
        for _ in range(size):
            key = self.value(depth)
            # __proto__ is forbidden for the sake of whoever reads it in JavaScript.
            if not isinstance(key, str) or key in result or key == "__proto__":
                raise Malformed("a key that is no string, is there twice, or is __proto__")
            result[key] = self.value(depth)
        return result
