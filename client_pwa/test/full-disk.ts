/** A disk that is full, as a browser tells of it. */
import { vi } from 'vitest';

/** The next save that writes so many records finds no room for the last of them: the browser undoes it whole. */
export function fillDisk(record = 1): void {
  const { prototype } = IDBObjectStore;
  const put = Reflect.get(prototype, 'put') as (
    this: IDBObjectStore,
    ...asked: unknown[]
  ) => IDBRequest<IDBValidKey>;
  let puts = 0;
  const spy = vi.spyOn(prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...asked
  ) {
    const request = put.apply(this, asked);
    puts += 1;
    if (puts < record) return request;
    spy.mockRestore();
    const { transaction } = this as unknown as { transaction: { _abort: (name: string) => void } };
    request.addEventListener('success', () => {
      transaction._abort('QuotaExceededError');
    });
    return request;
  });
}
