const SUFFIX_BYTES = 4;

/** A name for one more value of a set: `alias/9f2c01aa`. */
export function newSetName(base: string, random: Pick<Crypto, 'getRandomValues'>): string {
  const bytes = random.getRandomValues(new Uint8Array(SUFFIX_BYTES));
  return `${base}/${hexOf(bytes)}`;
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
