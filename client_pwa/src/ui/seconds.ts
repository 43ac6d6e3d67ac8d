/** Whole seconds to wait until `until`; zero where there is nothing to wait for. */
export function secondsUntil(until: number | null, now_ms: number): number {
  return until === null ? 0 : Math.max(0, Math.ceil((until - now_ms) / 1000));
}

/** Letters to be read aloud, four by four. */
export function inFours(letters: string): string[] {
  return letters.replace(/\s/g, '').match(/.{1,4}/g) ?? [];
}
