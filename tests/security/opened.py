"""What a file holds once its own framing and compression are undone, for those forms in which a browser keeps things.

| form | told by | what hides a word in it |
|---|---|---|
| LevelDB table | its footer's magic | blocks of records compressed by Snappy, keys without what they share |
| LevelDB log | its name | records cut at every 32 KiB |
| IndexedDB value | three bytes at its head | compressed by Snappy before it is a record or a file |
| HTTP cache entry | its head's magic | a body compressed as the server sent it |
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from struct import unpack_from

import cramjam

TABLE_MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER_BYTES = 48
LOG_NAME = re.compile(r"\d{6}\.log|MANIFEST-\d{6}")
LOG_BLOCK_BYTES = 32_768
LOG_HEADER_BYTES = 7
BATCH_HEADER_BYTES = 12
CACHE_MAGIC = bytes.fromhex("305c72a71b6dfbfc")
CACHE_END_MAGIC = bytes.fromhex("d8410d97456ffaf4")
CACHE_HEADER_BYTES = 24
VALUE_IN_SNAPPY = b"\xff\x11\x02"


def opened(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, and whatever they hold in a form of the table above. A torn end is left as it is."""
    data = path.read_bytes()
    yield data
    yield from _value(data)
    if data.endswith(TABLE_MAGIC):
        for key, value in table_records(data):
            yield key
            yield from _value(value)
    elif LOG_NAME.fullmatch(path.name):
        for record in log_records(data):
            yield record
            for value in _values_of_batch(record):
                yield from _value(value)
    elif data.startswith(CACHE_MAGIC):
        yield from _cached_body(data)


def table_records(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records of a LevelDB table."""
    _, at = _handle(table, len(table) - FOOTER_BYTES)
    index, _ = _handle(table, at)
    for _, handle in _block_records(_block(table, *index)):
        block, _ = _handle(handle, 0)
        yield from _block_records(_block(table, *block))


def log_records(log: bytes) -> Iterator[bytes]:
    """Yield the records of a LevelDB log, each put together from its pieces."""
    pieces = b""
    for start in range(0, len(log), LOG_BLOCK_BYTES):
        block = log[start : start + LOG_BLOCK_BYTES]
        at = 0
        while at + LOG_HEADER_BYTES <= len(block):
            length, piece = unpack_from("<HB", block, at + 4)
            pieces += block[at + LOG_HEADER_BYTES : at + LOG_HEADER_BYTES + length]
            at += LOG_HEADER_BYTES + length
            if piece in {1, 4}:  # whole, or the last piece
                yield pieces
                pieces = b""
    yield pieces


def _block(table: bytes, at: int, size: int) -> bytes:
    block, is_snappy = table[at : at + size], table[at + size] == 1
    return bytes(cramjam.snappy.decompress_raw(block)) if is_snappy else block


def _block_records(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = unpack_from("<I", block, len(block) - 4)
    end = len(block) - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + size]
        at += own + size


def _values_of_batch(batch: bytes) -> Iterator[bytes]:
    at = BATCH_HEADER_BYTES
    with suppress(IndexError):  # a torn batch ends anywhere
        while batch[at] in {0, 1}:
            is_put = batch[at] == 1
            size, at = _varint(batch, at + 1)
            at += size
            if is_put:
                size, at = _varint(batch, at)
                yield batch[at : at + size]
                at += size


def _value(value: bytes) -> Iterator[bytes]:
    """Yield an IndexedDB value, and what was compressed in it; a version of a few bytes may stand before the mark."""
    yield value
    at = value.find(VALUE_IN_SNAPPY, 0, 16)
    if at >= 0:
        yield from _undone(cramjam.snappy.decompress_raw, value[at + len(VALUE_IN_SNAPPY) :])


def _cached_body(entry: bytes) -> Iterator[bytes]:
    (key_bytes,) = unpack_from("<I", entry, 12)
    start = CACHE_HEADER_BYTES + key_bytes
    body = entry[start : entry.find(CACHE_END_MAGIC, start)]
    for undo in (cramjam.gzip.decompress, cramjam.brotli.decompress, cramjam.zstd.decompress):
        yield from _undone(undo, body)


def _undone(undo: Callable[[bytes], cramjam.Buffer], data: bytes) -> Iterator[bytes]:
    """Yield the decompressed bytes, or nothing if they were not compressed so."""
    try:
        yield bytes(undo(data))
    except cramjam.DecompressionError:
        return


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Return where a block is and its size, and where the handle ends."""
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
