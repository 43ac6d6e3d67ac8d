/** Cards: whose one is, who may be given it, and that a letter that was misread finds nobody else. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ascii, hash, join } from '../../src/engine/bytes.ts';
import { BASE32, base32 } from '../../src/engine/enrolment.ts';
import { bytesOf, idOf, type SpaceId } from '../../src/engine/ids.ts';
import { newCode, readCode } from '../../src/worker/card-code.ts';
import { CallProblem } from '../../src/worker/protocol.ts';
import { Chance } from '../engine/chance.ts';
import { SPACE } from '../engine/kit.ts';
import type { Tablet } from './kit.ts';
import { create, edit, meet, pair, type Pair, record } from './pair.ts';

const OTHER = idOf<SpaceId>(new Uint8Array(16).fill(77));

describe('the code of a card', () => {
  const chance = new Chance(1);
  const draw = (space = SPACE): string => newCode(space, (size) => chance.bytes(size));

  /** What reading it comes to: its letters, or why it is none. */
  function read(text: string): string {
    try {
      return readCode(SPACE, text);
    } catch (error) {
      if (error instanceof CallProblem) return error.problem;
      throw error;
    }
  }

  test('is the mark of the association, chance and a check, as sixteen letters', () => {
    const code = newCode(SPACE, (size) => new Uint8Array(size).fill(9));
    const mark = hash(ascii('esc1/card-of\0'), bytesOf(SPACE)).slice(0, 2);
    const begun = join(mark, new Uint8Array(7).fill(9));
    expect(code).toBe(base32(join(begun, hash(begun).slice(0, 1))));
    expect(code).toMatch(/^[A-Z2-7]{16}$/);
  });

  test('is read as it was drawn, scanned or typed, in whatever case and however apart', () => {
    for (let at = 0; at < 50; at += 1) {
      const code = draw();
      const fours = code.match(/.{4}/g) ?? [];
      const texts = [
        code,
        `ESCALE:${code}`,
        fours.join(' '),
        ` ${fours.join('-').toLowerCase()}\n`,
      ];
      for (const text of texts) expect(read(text)).toBe(code);
    }
  });

  test('of another association is known as such, and a picture of something else is no card', () => {
    expect(read(`ESCALE:${draw(OTHER)}`)).toBe('card_foreign');
    const code = draw();
    const pictures = ['', 'ESCALE:', 'https://escale.example', code.slice(1), `${code}A`, '🧥'];
    for (const text of [...pictures, code.replace(/^./, '1'), '0'.repeat(16)]) {
      expect(read(text), text).toBe('card_unreadable');
    }
  });

  test('with one letter changed is unreadable, another association’s, or nobody’s', () => {
    const given = new Set(Array.from({ length: 300 }, () => draw()));
    const [code = ''] = given;
    const answers = Array.from(code).flatMap((letter, at) =>
      Array.from(BASE32.replace(letter, ''), (other) =>
        read(code.slice(0, at) + other + code.slice(at + 1)),
      ),
    );
    expect(answers).toHaveLength(16 * 31);
    expect(answers.filter((answer) => given.has(answer))).toEqual([]);
    const unreadable = answers.filter((answer) => answer === 'card_unreadable');
    expect(unreadable.length).toBeGreaterThan(480);
    expect(read(code)).toBe(code);
  });
});

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let momo: string;
let code: string;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  momo = await create(awa, 'Momo');
  await meet(all, awa, ines);
  [code = ''] = await awa.call('card.draw', { cards: 1 });
});

async function give(tablet: Tablet, person: string, card = code): Promise<void> {
  await tablet.call('card.give', { person, code: card });
}

async function holders(tablet: Tablet, card = code): Promise<string[]> {
  const lines = await tablet.call('view.card', { code: card });
  return lines.map(({ name }) => name).sort();
}

const waiting = async (): Promise<number> => (await awa.call('view.unsent', null)).length;

test('a drawn card is nobody’s, and once it is given it finds whoever has it, on every tablet', async () => {
  expect(await holders(awa)).toEqual([]);
  await give(awa, momo, `ESCALE:${code}`);
  await meet(all, awa, ines);
  expect(await holders(ines, code.toLowerCase())).toEqual(['Momo']);
  expect((await record(ines, momo)).fields['card']).toMatchObject({
    value: code,
    candidates: [{ author: 'Awa', at: awa.now_ms }],
  });
});

test('as many are drawn as are asked for, each another one; none and too many are refused', async () => {
  const drawn = await awa.call('card.draw', { cards: 500 });
  expect([new Set(drawn).size, await waiting()]).toEqual([500, 0]);
  for (const cards of [0, -1, 1.5, 501, NaN]) {
    expect(await awa.refused('card.draw', { cards })).toBe('refused');
  }
});

test('a card is given once: again to the same person it is not written, to another it is refused', async () => {
  const fatou = await create(awa, 'Fatou');
  await give(awa, momo);
  const before = await waiting();
  await give(awa, momo);
  expect(await awa.refused('card.give', { person: fatou, code })).toBe('card_taken');
  expect(await waiting()).toBe(before);
  const [other = ''] = await awa.call('card.draw', { cards: 1 });
  await give(awa, momo, other);
  expect([await holders(awa), await holders(awa, other)]).toEqual([[], ['Momo']]);
  await give(awa, fatou);
  expect(await holders(awa)).toEqual(['Fatou']);
});

test('a card that is lost finds nobody any more, and may be given again', async () => {
  const maurice = await create(awa, 'Maurice');
  const [other = ''] = await awa.call('card.draw', { cards: 1 });
  await give(awa, momo);
  await give(awa, maurice, other);
  await awa.call('person.merge', { ids: [momo, maurice] });
  expect([await holders(awa), await holders(awa, other)]).toMatchObject([[{}], [{}]]);
  await give(awa, momo, other);
  await edit(awa, momo, { card: null });
  expect([await holders(awa), await holders(awa, other)]).toEqual([[], []]);
  await give(awa, await create(awa, 'Fatou'));
  expect(await holders(awa)).toEqual(['Fatou']);
});

test('two tablets that give one card to two people show both of them', async () => {
  const fatou = await create(ines, 'Fatou');
  await give(ines, fatou);
  await give(awa, momo);
  await meet(all, awa, ines);
  for (const tablet of [awa, ines]) expect(await holders(tablet)).toEqual(['Fatou', 'Momo']);
  await edit(awa, momo, { card: null });
  expect(await holders(awa)).toEqual(['Fatou']);
});

test('two tablets that give two cards to one person are in conflict, and both cards find them', async () => {
  const [other = ''] = await ines.call('card.draw', { cards: 1 });
  await give(awa, momo);
  await give(ines, momo, other);
  await meet(all, awa, ines);
  expect(await awa.call('view.conflicts', null)).toMatchObject([{ name: 'card', title: 'Momo' }]);
  for (const card of [code, other]) expect(await holders(ines, card)).toEqual(['Momo']);
});

test('whoever is in the bin keeps their card, and nobody else is given it', async () => {
  await give(awa, momo);
  await awa.call('person.bin', { id: momo });
  expect(await holders(awa)).toEqual(['Momo']);
  const fatou = await create(awa, 'Fatou');
  expect(await awa.refused('card.give', { person: fatou, code })).toBe('card_taken');
});

test('what is no card of this association is given to nobody, and finds nobody', async () => {
  const foreign = newCode(OTHER, (size) => new Uint8Array(size).fill(1));
  for (const [card, problem] of [
    [foreign, 'card_foreign'],
    ['https://escale.example', 'card_unreadable'],
  ] as const) {
    expect(await awa.refused('view.card', { code: card })).toBe(problem);
    expect(await awa.refused('card.give', { person: momo, code: card })).toBe(problem);
  }
  expect(await awa.refused('card.give', { person: '0'.repeat(32), code })).toBe('not_found');
  expect(await waiting()).toBe(0);
  await give(awa, momo);
  expect(await waiting()).toBe(1);
});
