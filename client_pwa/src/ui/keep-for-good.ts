/** What a browser may be asked of its storage; an old one knows nothing of it. */
export type KeepsStorage = Partial<Pick<StorageManager, 'persist' | 'persisted'>>;

/**
 * Asks the browser not to erase what the app keeps when it needs room: what was not sent yet is nowhere else. Never
 * rejects: without its promise the work goes on.
 */
export async function keepForGood(storage: KeepsStorage | undefined): Promise<void> {
  try {
    if (!(await storage?.persisted?.())) await storage?.persist?.();
  } catch {
    // A window that keeps nothing, or a page that may not ask.
  }
}
