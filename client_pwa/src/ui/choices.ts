/** What the worker chose about the display and how a secret is typed, remembered on this device. Nothing personal. */
export type Choice = 'language' | 'theme' | 'secret';

export type Choices = {
  /** The remembered value, or null; null too where the browser forbids remembering. */
  readonly read: (choice: Choice) => string | null;
  /** Remembers `value`; null forgets. Where the browser forbids it, the choice lasts the visit. */
  readonly write: (choice: Choice, value: string | null) => void;
};

export function choicesIn(storage: () => Storage): Choices {
  return {
    read: (choice) => orNull(() => storage().getItem(keyOf(choice))),
    write: (choice, value) => {
      orNull(() => {
        if (value === null) storage().removeItem(keyOf(choice));
        else storage().setItem(keyOf(choice), value);
      });
    },
  };
}

function keyOf(choice: Choice): string {
  return `escale.${choice}`;
}

/** A browser that blocks storage throws on mere access: to us that is "not remembered". */
function orNull<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}
