/** Where one can be in the app. An address holds a name of ours and at most an opaque id. */
export type RouteName =
  | 'patrol'
  | 'round'
  | 'close'
  | 'report'
  | 'rounds'
  | 'encounter'
  | 'met'
  | 'observe'
  | 'observation'
  | 'people'
  | 'person'
  | 'bin'
  | 'cards'
  | 'refer'
  | 'queue'
  | 'conflicts'
  | 'duplicates'
  | 'unsent'
  | 'notices'
  | 'association'
  | 'more';

export type Route = { readonly name: RouteName; readonly id: string | null };

type IdRule = 'none' | 'optional' | 'needed';

const idRuleByName: Readonly<Record<RouteName, IdRule>> = {
  patrol: 'none',
  round: 'none',
  close: 'needed',
  report: 'needed',
  rounds: 'none',
  encounter: 'needed',
  met: 'needed',
  observe: 'none',
  observation: 'needed',
  people: 'none',
  person: 'needed',
  bin: 'none',
  cards: 'none',
  refer: 'needed',
  queue: 'optional',
  conflicts: 'optional',
  duplicates: 'none',
  unsent: 'none',
  notices: 'none',
  association: 'none',
  more: 'none',
};

const ID = /^[0-9a-f]{1,64}$/;

export function routeTo(name: RouteName, id: string | null = null): Route {
  return { name, id };
}

export function hashOf({ name, id }: Route): string {
  return id === null ? `#/${name}` : `#/${name}/${id}`;
}

/** Null for anything that is not an address of ours. */
export function routeIn(hash: string): Route | null {
  const [start, name = '', id = null, ...rest] = hash.split('/');
  if (start !== '#' || rest.length > 0 || !Object.hasOwn(idRuleByName, name)) return null;
  const rule = idRuleByName[name as RouteName];
  if (id !== null && !ID.test(id)) return null;
  if (id === null ? rule === 'needed' : rule === 'none') return null;
  return { name: name as RouteName, id };
}

/** A link that the address carries: by which call the data worker takes it, and what stands in it. */
export type CarriedLink = { readonly name: 'join.begin' | 'found.begin'; readonly link: string };

const callByMark = { '#join=': 'join.begin', '#setup=': 'found.begin' } as const;

export function carriedLinkIn(hash: string): CarriedLink | null {
  for (const [mark, name] of Object.entries(callByMark)) {
    if (hash.startsWith(mark)) return { name, link: hash.slice(mark.length) };
  }
  return null;
}
