/** An evening at Stalingrad, as the screens may meet it. */
import type { Id, Instant, Need } from '../../src/domain/catalogue.types.ts';
import { dayAt } from '../../src/domain/day.ts';
import type {
  Area,
  BagLine,
  Doubt,
  Candidate,
  EncounterLine,
  ErasureLine,
  FieldView,
  Mark,
  PatrolLine,
  ReferralLine,
  RoundReport,
  StructureLine,
  Value,
  WorkerLine,
  ZoneLine,
} from '../../src/worker/protocol.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let last = 0;
export function newId(): Id {
  last += 1;
  return last.toString(16).padStart(32, '0');
}

/** The device of a worker; ids that differ at their beginning, as real ones do. */
export function deviceOf(worker: Id): Id {
  return worker.replace(/^0{8}/, `5c${worker.slice(-2)}07a2`);
}

export const workers: readonly WorkerLine[] = [
  { id: newId(), name: 'Awa', role: 'outreach', profession: 'social_worker' },
  { id: newId(), name: 'Inès', role: 'health', profession: 'nurse' },
  { id: newId(), name: 'Bruno', role: 'coordinator', profession: 'educator' },
  { id: newId(), name: 'Samir', role: 'reception', profession: 'peer' },
  { id: newId(), name: 'Odile', role: 'administrator', profession: 'other' },
  { id: newId(), name: 'Lucie', role: 'health', profession: 'nurse' },
];

export const zones: readonly ZoneLine[] = [
  'Stalingrad',
  'Porte de la Chapelle',
  'Jardin d’Éole / Riquet',
  'Porte de la Villette',
  'Métro',
  'Lisière de Seine-Saint-Denis',
].map((name, at) => ({ id: newId(), name, area: name === 'Métro' ? null : squareOf(at) }));

/** Zones that lie beside each other, from west to east. */
function squareOf(at: number): Area {
  const [west, south] = [2.36 + at * 0.01, 48.88];
  const [east, north] = [west + 0.01, south + 0.01];
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

const structure = (
  name: string,
  type: StructureLine['type'],
  hours: string | null,
  decideHours: number | null,
): StructureLine => ({ id: newId(), name, type, zone: null, hours, decideHours });

export const structures: readonly StructureLine[] = [
  structure('ASSORE', 'assore', 'Tous les jours, 9 h à 18 h', 24),
  structure('Espace de repos Chapelle', 'rest_area', 'Tous les jours, 9 h à 17 h', 4),
  structure('PHASE', 'phase', 'Du lundi au vendredi', 48),
  structure('CSAPA Pierre-Nicole', 'csapa', 'Sur rendez-vous', 48),
  structure('PASS Lariboisière', 'pass', 'Du lundi au vendredi, 9 h à 16 h', 24),
  structure('Accueil de jour Riquet', 'day_centre', null, null),
];

export type FakePerson = {
  readonly id: Id;
  fields: Record<string, FieldView>;
  lastMet: Instant | null;
  mark: Mark;
};

export function standing(value: Value, author: string, at: Instant, mark: Mark): FieldView {
  const candidates = [{ value, author, at, mark }];
  return { value, candidates, conflict: false, undecided: false, also: [] };
}

export function conflicting(candidates: readonly Candidate[]): FieldView {
  const value = candidates[0]?.value ?? null;
  return { value, candidates, conflict: true, undecided: false, also: [] };
}

type Someone = readonly [
  aliases: readonly string[],
  sign: string | null,
  metAgo_ms: number | null,
  mark: Mark,
];

const someone: readonly Someone[] = [
  [['La Grande'], 'Manteau vert', 35 * MINUTE, 'tablet'],
  [['Sami'], 'Veste rouge', 49 * MINUTE, 'server'],
  [['Nadia la Bretonne'], 'Avec le chien Ficelle', 63 * MINUTE, 'seen'],
  [['Petit Paul'], null, 6 * DAY, 'seen'],
  [['Fatou'], null, 6 * DAY, 'seen'],
  [['Dédé'], 'Bonnet bleu', 13 * DAY, 'seen'],
  [['Hirondelle'], 'Tatouage au cou, sans nom', 13 * DAY, 'seen'],
  [['Le Marin', 'Yves'], null, 20 * DAY, 'seen'],
  [['Rosa'], 'Parle portugais', 27 * DAY, 'seen'],
  [['Kimo'], null, 27 * DAY, 'server'],
  [['Tonton'], null, 34 * DAY, 'seen'],
  [['Le Frisé', 'Mohamed de la Rotonde'], 'Béquille à gauche, casquette noire', 34 * DAY, 'seen'],
];

export function people(now: Instant): FakePerson[] {
  return someone.map(([aliases, sign, ago, mark]) => {
    const at = now - (ago ?? 60 * DAY);
    const fields: Record<string, FieldView> = {};
    aliases.forEach((alias, index) => {
      fields[`alias/0000000${index}`] = standing(alias, 'Awa', at, mark);
    });
    if (sign) fields['description'] = standing(sign, 'Awa', at, mark);
    if (aliases[0] === 'Rosa') {
      fields['consent_statistics'] = standing('spoken', 'Inès', at, 'seen');
      fields['consent_follow_up'] = standing('spoken', 'Awa', at, 'seen');
      fields['consent_follow_up_until'] = standing(dayAt(now) + 90, 'Awa', at, 'seen');
      fields['consent_sharing'] = standing('refused', 'Awa', at, 'seen');
      fields['time_on_street'] = standing('1_5y', 'Bruno', at - 90 * DAY, 'seen');
      fields['housing'] = conflicting([
        { value: 'hotel_assore', author: 'Awa', at: now - 14 * MINUTE, mark: 'server' },
        { value: 'third_party', author: 'Inès', at: now - 8 * MINUTE, mark: 'lost' },
      ]);
      fields['description'] = conflicting([
        {
          value: 'Béquille à gauche, veste rouge, parle peu le soir.',
          author: 'Awa',
          at: now - 14 * MINUTE,
          mark: 'server',
        },
        {
          value: 'Béquille à gauche, casquette noire.',
          author: 'Inès',
          at: now - 8 * MINUTE,
          mark: 'server',
        },
      ]);
    }
    return { id: newId(), fields, lastMet: ago === null ? null : at, mark };
  });
}

/** What the health file says of somebody: of Rosa, two nurses did not see each other write. */
export function healthOf(person: FakePerson, now: Instant): Record<string, FieldView> {
  const at = now - 6 * DAY;
  const [alias] = aliasesOf(person);
  if (alias !== 'La Grande' && alias !== 'Rosa') return {};
  const file = 'Plaie au tibia gauche, suivie depuis le 3.\nPansement tous les deux jours.';
  return {
    'consumption/crack': standing(true, 'Inès', at, 'seen'),
    'consumption/alcohol': standing(true, 'Lucie', at, 'server'),
    'route/smoked': standing(true, 'Inès', at, 'seen'),
    file:
      alias === 'Rosa'
        ? conflicting([
            { value: 'Asthme, inhalateur perdu.', author: 'Inès', at, mark: 'server' },
            { value: 'Asthme, inhalateur donné.', author: 'Lucie', at: at + HOUR, mark: 'server' },
          ])
        : standing(file, 'Inès', at, 'seen'),
  };
}

export function aliasesOf(person: Pick<FakePerson, 'fields'>): string[] {
  return Object.entries(person.fields)
    .filter(([name, field]) => name.startsWith('alias/') && field.value !== null)
    .map(([, field]) => String(field.value));
}

export function patrol(now: Instant): PatrolLine {
  const [awa, ines] = workers;
  return {
    id: newId(),
    zone: zones[0] ?? null,
    type: 'risk_reduction',
    mode: 'walk',
    route: 'Du canal à la Rotonde, retour par Éole',
    bag: null,
    start: now - 77 * MINUTE,
    end: null,
    crew: awa && ines ? [awa, ines] : [],
    encounters: 0,
    people: 0,
    mark: 'server',
  };
}

export function bags(now: Instant): BagLine[] {
  const bag = (name: string, items: BagLine['items'], counted: Instant | null): BagLine => ({
    id: newId(),
    name,
    items,
    counted,
    mark: 'seen',
  });
  const blue = { crack_kit: 18, pipe: 9, tips: 32, filter: 21, naloxone: 2, water: 11, condom: 25 };
  return [
    bag('Sac bleu', blue, now - 20 * HOUR),
    bag('Sac du bus', { crack_kit: 40, syringe_1cc: 60, condom: 80 }, now - 3 * DAY),
    bag('Petit sac', {}, null),
  ];
}

/** Two rounds that are over, the newest first. */
export function reports(now: Instant): RoundReport[] {
  const over = (zone: number, hours: number, handover: string | null): RoundReport => {
    const end = now - hours * HOUR;
    const samir = workers[3];
    return {
      patrol: {
        ...patrol(now),
        zone: zones[zone] ?? null,
        start: end - 3 * HOUR,
        end,
        crew: samir ? [samir] : [],
        encounters: 0,
        people: 0,
        mark: 'seen',
      },
      report: 'Soirée calme, pluie jusqu’à 22 h.',
      handover,
      closedBy: 'Samir',
      encounters: [],
      observations: [],
      met: [],
      anonymous: {},
      ages: {},
      given: {},
      collected: [],
      services: {},
      requests: [],
      referrals: [],
      losses: [],
      differences: [],
    };
  };
  return [
    over(0, 20, 'Le passage sous le métro est fermé jusqu’à vendredi.\nGarder deux duvets.'),
    over(1, 44, 'Travaux porte de la Chapelle, passer par la rue Boucry.'),
  ];
}

export function encounters(
  now: Instant,
  patrol: Id,
  met: readonly FakePerson[],
): { line: EncounterLine; note: string | null }[] {
  return met.slice(0, 3).map((person, index) => {
    const at = now - (35 + index * 14) * MINUTE;
    const line: EncounterLine = {
      row: newId(),
      patrol,
      at,
      author: index === 1 ? 'Inès' : 'Awa',
      zone: zones[0] ?? null,
      people: [{ id: person.id, name: aliasesOf(person)[0] ?? '', contact: newId() }],
      anonymous: index === 1 ? { man: 2 } : {},
      ages: index === 1 ? { '25_34': 1 } : {},
      erased: false,
      items: [
        { row: newId(), item: 'crack_kit', unit: 'piece', count: index + 1, reason: null },
        { row: newId(), item: 'tips', unit: 'piece', count: 2, reason: null },
        { row: newId(), item: 'used_pipes', unit: 'piece', count: 1, reason: null },
        ...(index === 1 ? usedSyringes() : []),
      ],
      note: null,
      mark: person.mark,
      void: false,
      amended: index === 2,
      reasons: index === 2 ? ['Oubli', 'Erreur de saisie'] : [],
    };
    return { line, note: index === 0 ? 'Voudrait revoir l’assistante sociale lundi.' : null };
  });
}

/** By the piece, by the container and by weight at once. */
function usedSyringes(): EncounterLine['items'] {
  const used = { item: 'used_syringes', reason: null } as const;
  return [
    { ...used, row: newId(), unit: 'piece', count: 4 },
    { ...used, row: newId(), unit: 'container', count: 2 },
    { ...used, row: newId(), unit: 'gram', count: 350 },
  ];
}

type Sent = readonly [
  name: string,
  need: Need,
  structure: number,
  state: ReferralLine['state'],
  sentAgo_h: number,
  claimedBy: string | null,
];

const sent: readonly Sent[] = [
  ['Hirondelle', 'care', 4, 'sent', 26, null],
  ['La Grande', 'shelter', 2, 'triage', 36, 'Bruno'],
  ['Petit Paul', 'shelter', 0, 'sent', 17, null],
  ['Fatou', 'shelter', 0, 'offered', 15, 'Bruno'],
  ['Sami', 'addiction_treatment', 3, 'sent', 26, null],
  ['Dédé', 'wound_care', 4, 'accepted', 9, 'Samir'],
  ['Le Marin', 'shelter', 2, 'waitlisted', 984, 'Samir'],
  ['Nadia la Bretonne', 'shelter', 0, 'info_needed', 72, 'Samir'],
  ['Tonton', 'care', 4, 'declined_provider', 30, 'Bruno'],
];

export function referrals(now: Instant, known: readonly FakePerson[]): ReferralLine[] {
  return sent.map(([name, need, index, state, ago_h, claimedBy]) => {
    const person = known.find((one) => aliasesOf(one)[0] === name);
    const chosen = structures[index] ?? null;
    const sentAt = now - ago_h * HOUR;
    return {
      id: newId(),
      person: person ? { id: person.id, name } : null,
      structure: chosen,
      needs: [need],
      state,
      since: state === 'sent' ? sentAt : sentAt + 2 * HOUR,
      sentAt,
      decideUntil: chosen?.decideHours ? sentAt + chosen.decideHours * HOUR : null,
      author: 'Awa',
      claimedBy,
      consent: 'spoken',
      consentUndecided: false,
      erased: false,
      mark: 'seen',
    };
  });
}

/** A few of the words that a rescue paper may hold. */
export const paperWords = ['academic', 'acid', 'beaver', 'duckling', 'yoga', 'zero'];

/** Three erasures: one carried out everywhere, one that waits for two devices, one long ago. */
export function erasures(now: Instant): ErasureLine[] {
  const waiting = workers.slice(0, 2).map((worker, at) => ({
    device: deviceOf(worker.id),
    worker,
    here: false,
    wrote: at === 0 ? now - 13 * DAY : now - 2 * HOUR,
    health: at === 1,
  }));
  const line = (at: Instant, records: number, left: typeof waiting): ErasureLine => ({
    op: newId(),
    at,
    author: 'Odile',
    records,
    asked: false,
    carriedOut: { done: 7 - left.length, of: 7, waiting: left },
  });
  return [line(now - 3 * HOUR, 3, waiting), line(now - 30 * DAY, 1, [])].reverse();
}

/** What makes one device after another doubtful: a cloned one, one that breaks everything, and one that is retired. */
export function doubts(now: Instant): (readonly Doubt[])[] {
  return [
    [{ kind: 'copied', count: 3, since: now - 5 * HOUR }],
    [
      { kind: 'closed', count: 2, since: now - 26 * HOUR },
      { kind: 'void', count: 1, since: now - 2 * HOUR },
    ],
    [{ kind: 'late', count: 1, since: now - 2 * DAY }],
  ];
}
