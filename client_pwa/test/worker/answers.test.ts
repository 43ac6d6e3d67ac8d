/** Answers that are not the server's, or are cut or mangled on the line: nothing is lost, and the honest one ends it. */
import { expect, test } from 'vitest';
import { Association } from './kit.ts';
import { type Asked, problem } from './server.ts';

const MSGPACK = { 'content-type': 'application/msgpack' };
const LOGIN = '<!doctype html><title>Free WiFi</title><form action="/login">…</form>';

function cut(type: Readonly<Record<string, string>>): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array([0x94, 0x01]));
      controller.error(new TypeError('The line is down.'));
    },
  });
  return new Response(body, { headers: type });
}

/** What comes in the place of an answer. Only bytes of the server's own type are looked into at all. */
const ANSWERS: Readonly<Record<string, () => Response>> = {
  "a hotspot's page": () => new Response(LOGIN, { headers: { 'content-type': 'text/html' } }),
  "a hotspot's page under the server's type": () => new Response(LOGIN, { headers: MSGPACK }),
  'nothing at all': () => new Response(null, { status: 204 }),
  "nothing, under the server's type": () => new Response('', { headers: MSGPACK }),
  'compressed bytes': () =>
    new Response(new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0]), { headers: MSGPACK }),
  'an answer that breaks off': () => cut(MSGPACK),
  'JSON that breaks off': () => cut({ 'content-type': 'application/json' }),
  'a problem that says it is none': () => Response.json({ code: 'too_many_requests' }),
  'JSON that is no object': () => Response.json(null),
  "a proxy's error page": () => new Response(LOGIN, { status: 502 }),
  'a problem without a code': () => Response.json({ detail: 'no' }, { status: 403 }),
  'a code of the future': () => problem(418, 'a_code_of_the_future'),
  'a server that is busy': () => problem(503, 'unavailable'),
};

/** What is asked for, and whether it is a page: of bytes under the server's own type that are none, people are told. */
const QUESTIONS: readonly (readonly [string, (asked: Asked) => boolean])[] = [
  ['a receipt', ({ path }) => path.endsWith('/push')],
  ['a page', ({ path }) => path.includes('/ops?')],
  ['a challenge', ({ path }) => path.endsWith('/challenge')],
  ['a token', ({ path }) => path.endsWith('/token')],
  ['the directory', ({ path }) => path.endsWith('/directory')],
];

test.each(QUESTIONS)(
  'in the place of %s nothing makes a tablet lose what it has',
  async (what, isIt) => {
    const association = await Association.found();
    const awa = await association.tablet('Awa');
    const { server } = association;
    for (const [title, answer] of Object.entries(ANSWERS)) {
      const alias = `${what}, ${title}`;
      let met = 0;
      server.expireTokens();
      server.fault = (asked) => {
        if (!isIt(asked)) return null;
        met += 1;
        return answer();
      };
      await awa.call('person.create', { alias });
      const { aside, alarm } = await awa.sync();
      expect([title, met > 0, aside]).toEqual([title, true, 0]);
      if (what !== 'a page') expect([title, alarm]).toEqual([title, null]);
      server.fault = () => null;
      expect([title, await awa.sync()]).toMatchObject([
        title,
        { unsent: 0, aside: 0, alarm: null },
      ]);
      expect((await awa.person(alias)).line.mark).toBe('server');
    }
    const persons = server.kinds().filter((kind) => kind === 'person');
    expect(persons).toHaveLength(Object.keys(ANSWERS).length);
  },
);

test('bytes of the server that are no page are told to people, and those of anybody else are not', async () => {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const alarms: Record<string, string | null> = {};
  for (const [title, answer] of Object.entries(ANSWERS)) {
    association.server.fault = ({ path }) => (path.includes('/ops?') ? answer() : null);
    await awa.sync();
    alarms[title] = (await awa.call('sync.state', null)).alarm;
    association.server.fault = () => null;
    await awa.sync();
  }
  const told = Object.keys(alarms).filter((title) => alarms[title] !== null);
  expect(told).toEqual([
    "a hotspot's page under the server's type",
    "nothing, under the server's type",
    'compressed bytes',
  ]);
});
