/** Which notices a screen shows, and until when. */
import { expect, test } from 'vitest';
import { DAY_MS } from '../src/domain/day.ts';
import { holds, noticeIcon, notReadBy, toldAgain, toRead } from '../src/ui/notices.ts';
import type { NoticeLine, WorkerLine } from '../src/worker/protocol.ts';

const TODAY = 20_000;
const now = { now_ms: TODAY * DAY_MS };
const zoneOf = (id: string) => ({ id, name: id, area: null });

function notice(more: Partial<NoticeLine>): NoticeLine {
  return {
    id: 'a',
    type: 'cold',
    zone: null,
    day: TODAY,
    until: null,
    text: 'Moins six',
    author: 'Bruno',
    at: 0,
    mark: 'server',
    over: false,
    readers: [],
    read: false,
    ...more,
  };
}

test('a notice ends by the clock of the screen at the end of its last day, and one that was lifted at once', () => {
  expect(holds(notice({ until: TODAY }), { now_ms: (TODAY + 1) * DAY_MS - 1 })).toBe(true);
  expect(holds(notice({ until: TODAY }), { now_ms: (TODAY + 1) * DAY_MS })).toBe(false);
  expect([holds(notice({}), now), holds(notice({ over: true }), now)]).toEqual([true, false]);
});

test('only what holds and is not read waits; a team that goes out is told the rest of its zone and of everywhere', () => {
  const all = [
    notice({ id: 'unread', zone: zoneOf('here') }),
    notice({ id: 'read', read: true }),
    notice({ id: 'read here', read: true, zone: zoneOf('here') }),
    notice({ id: 'read elsewhere', read: true, zone: zoneOf('elsewhere') }),
    notice({ id: 'over', read: true, over: true }),
  ];
  expect(toRead(all, now).map(({ id }) => id)).toEqual(['unread']);
  expect(toldAgain(all, 'here', now).map(({ id }) => id)).toEqual(['read', 'read here']);
  expect(toldAgain(all, null, now).map(({ id }) => id)).toEqual(['read']);
});

test('of the team, those who have not said that they have read it are named', () => {
  const workers = ['Awa', 'Ines'].map((name): WorkerLine => ({
    id: name,
    name,
    role: null,
    profession: null,
  }));
  const read = notice({ readers: [{ worker: 'Awa', name: 'Awa', at: 1 }] });
  expect(notReadBy(read, workers).map(({ name }) => name)).toEqual(['Ines']);
});

test('a type of a newer version has an icon too', () => {
  expect([noticeIcon('cold'), noticeIcon(null), noticeIcon('flood' as 'cold')]).toEqual([
    'coat',
    'bell',
    'bell',
  ]);
});
