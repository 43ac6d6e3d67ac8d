/**
 * A device on its way in: its keys, the code that it shows or puts in a mailbox, and the answer.
 *
 * An answer that came through a mailbox, or was pasted, is believed once its letters were compared; one that this
 * device's own camera read from the administrator's screen is believed at once.
 */
import { type Bytes, toHex } from '../engine/bytes.ts';
import { type Code2, decodeCode2, encodeCode1, letters } from '../engine/enrolment.ts';
import { answerIn } from './carried.ts';
import type { JoinState, JoinStep } from './protocol.ts';
import { randomBytes, type Server } from './server.ts';
import { type Contents, identityOf } from './contents.ts';

const SEED_BYTES = 32;
const NONCE_BYTES = 16;

export class Join {
  readonly #origin: string;
  readonly #mailbox: string | null;
  readonly #signing: Bytes = randomBytes(SEED_BYTES);
  readonly #box: Bytes = randomBytes(SEED_BYTES);
  readonly #nonce: Bytes = randomBytes(NONCE_BYTES);
  #code1 = '';
  #answer: Code2 | null = null;
  #letters: string | null = null;
  step: JoinStep = 'waiting';

  /** `mailbox` is the one that a link names; null if people carry the codes. */
  constructor(origin: string, mailbox: Bytes | null) {
    this.#origin = origin;
    this.#mailbox = mailbox && toHex(mailbox);
  }

  get state(): JoinState {
    const code = this.#mailbox === null ? this.#code1 : null;
    return { state: 'joining', step: this.step, letters: this.#letters, code };
  }

  /** Makes the device's code; puts it in the mailbox if there is one. */
  async begin(server: Server): Promise<void> {
    const { signing, box } = await identityOf(this.#signing, this.#box);
    if (box === null) throw new Error('A joining device is keyed.');
    this.#code1 = encodeCode1({ edPk: signing.public, xPk: box.public, nonce: this.#nonce });
    if (this.#mailbox !== null) await server.putCode1(this.#mailbox, this.#code1);
  }

  /** Looks into the mailbox for the answer; tells whether it is there. Throws BadCode for another device's. */
  async look(server: Server): Promise<boolean> {
    if (this.#mailbox === null) return false;
    const { code2 } = await server.mailbox(this.#mailbox);
    if (code2 === null) return false;
    this.#answered(code2, decodeCode2(code2, this.#nonce), 'compare');
    return true;
  }

  /** Takes the answer that people carried here. Throws CallProblem, and then another may be tried. */
  take(carried: string, scanned: boolean): void {
    if (this.#mailbox !== null || this.step !== 'waiting') return;
    const { text, code } = answerIn(carried, this.#nonce, this.#origin);
    this.#answered(text, code, scanned ? 'code' : 'compare');
  }

  #answered(text: string, answer: Code2, step: JoinStep): void {
    this.#answer = answer;
    this.#letters = letters(this.#code1, text);
    this.step = step;
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
      origin: this.#origin,
      start: welcome.begin === 0 ? null : { cursor: welcome.begin, checkpoint: welcome.checkpoint },
    };
  }
}
