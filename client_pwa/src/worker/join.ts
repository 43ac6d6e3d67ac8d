/** A device on its way in: its keys, the code it put in the mailbox, and the answer it compares by letters. */
import { type Bytes, toHex } from '../engine/bytes.ts';
import { type Code2, decodeCode2, encodeCode1, letters, type Link } from '../engine/enrolment.ts';
import type { DeviceState, JoinStep } from './protocol.ts';
import { randomBytes, type Server } from './server.ts';
import { type Contents, identityOf } from './session.ts';

const SEED_BYTES = 32;
const NONCE_BYTES = 16;

export class Join {
  readonly link: Link;
  readonly #signing: Bytes = randomBytes(SEED_BYTES);
  readonly #box: Bytes = randomBytes(SEED_BYTES);
  readonly #nonce: Bytes = randomBytes(NONCE_BYTES);
  #code1 = '';
  #answer: Code2 | null = null;
  #letters: string | null = null;
  step: JoinStep = 'waiting';

  constructor(link: Link) {
    this.link = link;
  }

  get state(): DeviceState {
    return { state: 'joining', step: this.step, letters: this.#letters };
  }

  /** Makes the device's code and puts it in the mailbox. */
  async begin(server: Server): Promise<void> {
    const { signing, box } = await identityOf(this.#signing, this.#box);
    if (box === null) throw new Error('A joining device is keyed.');
    this.#code1 = encodeCode1({ edPk: signing.public, xPk: box.public, nonce: this.#nonce });
    await server.putCode1(toHex(this.link.join), this.#code1);
  }

  /** Looks for the answer; tells whether it is there. Throws BadCode for another device's. */
  async look(server: Server): Promise<boolean> {
    const { code2 } = await server.mailbox(toHex(this.link.join));
    if (code2 === null) return false;
    this.#answer = decodeCode2(code2, this.#nonce);
    this.#letters = letters(this.#code1, code2);
    this.step = 'compare';
    return true;
  }

  /** What the vault will hold: the new device's keys, and the log that the answer names. */
  contents(): Contents {
    const [welcome] = this.#answer?.spaces ?? [];
    if (welcome === undefined) throw new Error('There is no answer yet.');
    return {
      signing: this.#signing,
      box: this.#box,
      store: randomBytes(SEED_BYTES),
      space: welcome.space,
      root: welcome.root,
      origin: this.link.origin,
      start: welcome.begin === 0 ? null : { cursor: welcome.begin, checkpoint: welcome.checkpoint },
    };
  }
}
