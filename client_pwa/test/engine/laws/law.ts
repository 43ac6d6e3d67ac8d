/** How laws are tried: the same bounded search in every run, and a longer, random one with `LAWS=long`. */
import fc from 'fast-check';

const isLong = process.env['LAWS'] === 'long';

export function law<Ts extends unknown[]>(
  property: fc.IPropertyWithHooks<Ts> | fc.IProperty<Ts>,
): void {
  fc.assert(property, isLong ? { numRuns: 3000 } : { numRuns: 150, seed: 1 });
}

export function asyncLaw<Ts extends unknown[]>(property: fc.IAsyncProperty<Ts>): Promise<void> {
  return fc.assert(property, isLong ? { numRuns: 3000 } : { numRuns: 150, seed: 1 });
}
