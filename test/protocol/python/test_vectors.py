"""The example's MessagePack against the vectors. Run by python.test.ts, or by hand: python3 -m unittest -v, in here."""
import json
import pathlib
import sys
import unittest

PROTOCOL = pathlib.Path(__file__).resolve().parents[3] / "protocol"
sys.path.insert(0, str(PROTOCOL / "examples"))
sys.dont_write_bytecode = True

from msgpack_min import Malformed, pack, unpack  # noqa: E402

LIMITS = {limit["name"]: limit["value"] for limit in json.loads((PROTOCOL / "limits.json").read_text("utf-8"))}
BOUNDS = {
    "max_depth": LIMITS["frameMaxDepth"],
    "max_elements": LIMITS["frameMaxElements"],
    "max_keys": LIMITS["frameMapKeysMax"],
}


# Good MessagePack, but no map.
NO_MAP = {"malformed-nil", "malformed-string", "malformed-array"}


def vectors(kind):
    files = sorted((PROTOCOL / "vectors" / kind).glob("*.json"))
    return [(file.stem, json.loads(file.read_text("utf-8"))) for file in files]


class Vectors(unittest.TestCase):
    def test_valid(self):
        found = vectors("valid")
        self.assertGreater(len(found), 50)
        for name, vector in found:
            with self.subTest(name):
                self.assertEqual(unpack(bytes.fromhex(vector["hex"])), vector["frame"])
                self.assertEqual(unpack(pack(vector["frame"])), vector["frame"])

    def test_canonical_where_no_integer_is_written_as_float(self):
        same = 0
        for name, vector in vectors("valid"):
            if vector["canonical"] and pack(vector["frame"]).hex() == vector["hex"]:
                same += 1
            elif vector["canonical"]:
                self.assertIn("cb", vector["hex"], name)
        self.assertGreater(same, 20)

    def test_invalid(self):
        found = vectors("invalid")
        self.assertGreater(len(found), 50)
        for name, vector in found:
            data = b"".join(bytes.fromhex(piece) * times for piece, times in vector["bytes"])
            with self.subTest(name):
                if name in NO_MAP:
                    self.assertNotIsInstance(unpack(data, **BOUNDS), dict)
                elif vector["error"] == "frame-malformed":
                    with self.assertRaises(Malformed):
                        unpack(data, **BOUNDS)
                elif vector["error"] == "frame-too-large":
                    self.assertEqual(len(data), LIMITS["frameInMaxBytes"] + 1)
                elif vector["error"] in ("frame-unknown", "frame-invalid"):
                    self.assertIsInstance(unpack(data, **BOUNDS), dict)


class Packing(unittest.TestCase):
    def test_integers_at_every_border(self):
        for value in (0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**64 - 1):
            self.assertEqual(unpack(pack(value)), value)
            self.assertEqual(unpack(pack(-value // 2)), -value // 2)
        with self.assertRaises(OverflowError):
            pack(2**64)

    def test_lengths_at_every_border(self):
        for size in (0, 15, 16, 31, 32, 255, 256, 65535, 65536):
            self.assertEqual(unpack(pack("x" * size)), "x" * size)
            self.assertEqual(unpack(pack([1] * size)), [1] * size)
            many = {str(key): None for key in range(size)}
            self.assertEqual(unpack(pack(many), max_keys=size), many)


if __name__ == "__main__":
    unittest.main()
