"""For each line of hex on stdin: `map` where it is one MessagePack map within the bounds, otherwise `malformed`."""
import sys

from test_vectors import BOUNDS, Malformed, unpack

for line in sys.stdin:
    try:
        good = isinstance(unpack(bytes.fromhex(line), **BOUNDS), dict)
    except Malformed:
        good = False
    print("map" if good else "malformed")
