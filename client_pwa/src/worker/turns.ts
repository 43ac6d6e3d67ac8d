/** Steps that wait, one after the other: what one reads, no other changes before it has written. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a step after those asked for before it, whether they went well or not. */
  take<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
