/** How long to wait before the next attempt: gentle when all is well, slower at each failure. */
const REACHED_MS = 60_000;
const FAILED_MS_MIN = 5_000;
const FAILED_MS_MAX = 5 * 60_000;

/** A person waits for a device that founds or joins: it asks often, and is one alone. */
export const WAITED_FOR_MS = 2_000;

/** Tablets that lost the network together must not come back together. */
const JITTER = 0.25;

/** What would take a retired device back is a person's doing: it need not ask often. */
const RETIRED_MS = 6 * 3_600_000;

/** The longest that a server may ask a device to wait: one that is mistaken must not silence it for ever. */
export const PATIENCE_MS_MAX = 3_600_000;

/** What the server asks for counts where it is longer; those that it told together must not come back together. */
export function patient_ms(own_ms: number, asked_ms: number, chance: number): number {
  return Math.max(own_ms, Math.ceil(asked_ms * (1 + JITTER * chance)));
}

/** `chance` lies in [0, 1). */
export function nextAttempt_ms(failures: number, chance: number, retired = false): number {
  if (retired) return RETIRED_MS;
  const base = failures === 0 ? REACHED_MS : FAILED_MS_MIN * 2 ** (failures - 1);
  return Math.round(Math.min(base, FAILED_MS_MAX) * (1 + JITTER * (2 * chance - 1)));
}
