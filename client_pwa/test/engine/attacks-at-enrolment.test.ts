/** Every attack on the codes of an enrolment ends in its named refusal, and would succeed without its control. */
import { without } from './attacks/controls.ts';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/engine/bytes.ts';
import {
  BadCode,
  type Code1,
  decodeCode1,
  decodeCode2,
  letters,
  NotThisDevice,
  type Welcome,
} from '../../src/engine/enrolment.ts';
import { deviceId } from '../../src/engine/keys.ts';
import { type Enrolment, FILE, type Refused, type Wish } from './attacks/file.ts';

const { enrolment: HONEST, enrolments: TRIED } = FILE;

/** What became of one: what the administrator lets in, what the device joins, and why they do not. */
type Outcome = {
  readonly refused: Refused | null;
  readonly admitted?: Code1;
  readonly joined?: Welcome | undefined;
};

/** Lets both devices do what they do, and both people read out their letters. */
function enrol({ given, received, nonce, asked, answer }: Enrolment): Outcome {
  try {
    const admitted = decodeCode1(given);
    const [joined] = decodeCode2(received, fromHex(nonce)).spaces;
    const isSame = letters(asked, received) === letters(given, answer);
    return { refused: isSame ? null : { letters: 'differ' }, admitted, joined };
  } catch (error) {
    if (error instanceof NotThisDevice) return { refused: { code: 'not_this_device' } };
    if (error instanceof BadCode) return { refused: { code: 'bad_code' } };
    throw error;
  }
}

/** Tells whether either device believes something; neither does before the letters are compared. */
function shows({ refused, admitted, joined }: Outcome, [kind, told]: Wish): boolean {
  if (refused !== null || admitted === undefined || joined === undefined) return false;
  const believed: Readonly<Record<string, unknown>> = {
    admits: deviceId(admitted.edPk),
    'wraps for': toHex(admitted.xPk),
    joins: joined.root,
    begins: joined.begin,
    epoch: joined.epoch,
    wrap: toHex(joined.wrap),
  };
  return believed[String(kind)] === told;
}

test('what nobody attacks is refused nothing', () => {
  const outcome = enrol(HONEST);
  expect(outcome.refused).toBeNull();
  expect(HONEST.wanted.every((wish) => shows(outcome, wish))).toBe(true);
});

test.each(TRIED)('$name: nobody is let in and nothing is joined', (tried) => {
  const outcome = enrol(tried);
  expect(outcome.refused).toEqual(tried.refused);
  expect(tried.wanted.some((wish) => shows(outcome, wish))).toBe(false);
});

test.each(TRIED)('$name: without its controls it succeeds', async (tried) => {
  const outcome = await without(tried.controls, () => Promise.resolve(enrol(tried)));
  expect(outcome.refused).toBeNull();
  expect(tried.wanted.every((wish) => shows(outcome, wish))).toBe(true);
});

test.each(TRIED)('$name: behind one control stands the next', async (tried) => {
  const ends = [tried.refused, ...tried.lines];
  const found: (Refused | null)[] = [];
  for (const at of ends.keys()) {
    const away = tried.controls.slice(0, at);
    const { refused } = await without(away, () => Promise.resolve(enrol(tried)));
    found.push(refused);
  }
  expect(found).toEqual(ends);
});
