import { expect, test } from 'vitest';
import { keepForGood, type KeepsStorage } from '../src/ui/keep-for-good.ts';

/** A browser that keeps for good or not, and what it was asked. */
function browser(persisted: boolean, answer: () => Promise<boolean>) {
  const asked: string[] = [];
  const storage: KeepsStorage = {
    persisted: () => Promise.resolve(persisted),
    persist: () => {
      asked.push('persist');
      return answer();
    },
  };
  return { storage, asked };
}

test('a browser that may erase what the app keeps is asked not to, and one that may not is left alone', async () => {
  const [may, mayNot] = [true, false].map((is) => browser(!is, () => Promise.resolve(true)));
  for (const one of [may, mayNot]) await keepForGood(one?.storage);
  expect([may?.asked, mayNot?.asked]).toEqual([['persist'], []]);
});

test('a browser that cannot be asked, or refuses by failing, hinders nothing', async () => {
  const refusing = browser(false, () => Promise.reject(new TypeError('Not here.')));
  for (const storage of [undefined, {}, refusing.storage]) {
    await expect(keepForGood(storage)).resolves.toBeUndefined();
  }
  expect(refusing.asked).toEqual(['persist']);
});
