/** What a thief with the code finds on a tablet: all that its store opens to. */
import { toHex } from '../../src/engine/bytes.ts';
import { PIN, type Tablet } from './kit.ts';
import type { MemoryServer } from './server.ts';

/** Returns whatever the store opens to when the vault is opened: the pages of its logs, and records. */
export async function kept(tablet: Tablet, server: MemoryServer): Promise<string> {
  await tablet.restart();
  const { store } = tablet;
  const [pages, read] = [store.pages.bind(store), store.read.bind(store)];
  const found: string[] = [];
  store.pages = async (...asked) => {
    const opened = await pages(...asked);
    found.push(...opened.map(({ bytes }) => toHex(bytes)));
    return opened;
  };
  store.read = async (...asked) => {
    const opened = await read(...asked);
    if (opened !== null) found.push(toHex(opened));
    return opened;
  };
  // Nothing is exchanged meanwhile: what is found is what lay there.
  server.fault = () => 'down';
  await tablet.call('vault.unlock', { pin: PIN });
  await tablet.sync();
  server.fault = () => null;
  return found.join('/');
}
