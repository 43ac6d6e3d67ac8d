/** A disk that is full, as a browser tells of it. */
import { vi } from 'vitest';

/** The next save that writes so many records finds no room for the last of them: the browser undoes it whole. */
export function fillDisk(record = 1): void {
  let puts = 0;
  const empty = refuse(() => {
    puts += 1;
    if (puts === record) empty();
    return puts === record;
  });
}

/** Every save that writes a record finds no room, until what this returns is called. */
export function fillDiskForLong(): () => void {
  return refuse(() => true);
}

function refuse(isRefused: () => boolean): () => void {
  const { prototype } = IDBObjectStore;
  const put = Reflect.get(prototype, 'put') as (
    this: IDBObjectStore,
    ...asked: unknown[]
  ) => IDBRequest<IDBValidKey>;
  const spy = vi.spyOn(prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...asked
  ) {
    const request = put.apply(this, asked);
    if (!isRefused()) return request;
    const { transaction } = this as unknown as { transaction: { _abort: (name: string) => void } };
    request.addEventListener('success', () => {
      transaction._abort('QuotaExceededError');
    });
    return request;
  });
  return () => {
    spy.mockRestore();
  };
}
