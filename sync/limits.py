"""Every limit of the sync protocol, in one place; the twin engine holds the same numbers and a test compares them."""

HEADER_BYTES_MAX = 4 * 1024
SEALED_BYTES_MAX = 64 * 1024
PAYLOAD_BYTES_MAX = 63_487
"""The longest payload whose padded and sealed form still fits SEALED_BYTES_MAX."""

PUSH_OPS_MAX = 500
PUSH_BYTES_MAX = 256 * 1024
"""One MiB never passes a 50 kB/s line that drops every 20 s; a quarter of one does."""

FACTS_MAX = 16
KILLS_MAX = 64
MEMBERS_MAX = 600
ERASE_ENTITIES_MAX = 500
