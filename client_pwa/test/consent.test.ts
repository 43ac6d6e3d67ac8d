/** What a person's word stands for on a day. */
import { expect, test } from 'vitest';
import { consentOn, PURPOSES } from '../src/domain/consent.ts';

const TODAY = 20_000;
const said = (value: unknown, undecided = false) => ({ value, undecided });

test.each(PURPOSES)(
  'nothing stands of %s before anybody has asked, nor once it was taken back',
  (purpose) => {
    expect(consentOn(TODAY, {}, purpose)).toBe('unasked');
    expect(consentOn(TODAY, { [`consent_${purpose}`]: said(null) }, purpose)).toBe('unasked');
  },
);

test.each(PURPOSES)('a yes to %s says nothing of the other purposes', (purpose) => {
  const fields = { [`consent_${purpose}`]: said('spoken') };
  const standing = PURPOSES.filter((one) => consentOn(TODAY, fields, one) === 'given');
  expect(standing).toEqual([purpose]);
});

test('a yes without a last day stands, and one with a last day stands on that day still', () => {
  const until = (day: number | null) => ({
    consent_sharing: said('written'),
    consent_sharing_until: said(day),
  });
  expect(consentOn(TODAY, until(null), 'sharing')).toBe('given');
  expect(consentOn(TODAY, until(TODAY), 'sharing')).toBe('given');
  expect(consentOn(TODAY, until(TODAY - 1), 'sharing')).toBe('expired');
});

test('a no stands whatever its last day was', () => {
  const fields = { consent_sharing: said('refused'), consent_sharing_until: said(TODAY - 1) };
  expect(consentOn(TODAY, fields, 'sharing')).toBe('refused');
});

test('while two answers or two last days stand side by side, neither does', () => {
  const answers = { consent_sharing: said('spoken', true) };
  const days = { consent_sharing: said('spoken'), consent_sharing_until: said(TODAY, true) };
  expect(consentOn(TODAY, answers, 'sharing')).toBe('undecided');
  expect(consentOn(TODAY, days, 'sharing')).toBe('undecided');
});
