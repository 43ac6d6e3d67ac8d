/** Every limit of the sync protocol, in one place; the twin engine holds the same numbers and a test compares them. */

export const HEADER_BYTES_MAX = 4 * 1024;
export const SEALED_BYTES_MAX = 64 * 1024;
/** The longest payload whose padded and sealed form still fits SEALED_BYTES_MAX. */
export const PAYLOAD_BYTES_MAX = 63_487;

export const PUSH_OPS_MAX = 500;
/** One MiB never passes a 50 kB/s line that drops every 20 s; a quarter of one does. */
export const PUSH_BYTES_MAX = 256 * 1024;

export const FACTS_MAX = 16;
export const KILLS_MAX = 64;
export const MEMBERS_MAX = 600;
export const ERASE_ENTITIES_MAX = 500;
