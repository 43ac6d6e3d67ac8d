/** How names sound in French, however they are spelt. */

/** What is said alike, in the order in which it is replaced. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/ph/g, 'f'],
  [/[sc]?ch|sh/g, 'S'],
  [/(?:qu|ck|[kq]|c(?![eiy]))/g, 'k'],
  [/dj|j|g(?=[eiy])/g, 'j'],
  [/gu(?=[eiy])/g, 'g'],
  [/[cz]|(?<=[aeiouy])ss/g, 's'],
  [/h/g, ''],
  [/eau|au/g, 'o'],
  [/oo|ou|w/g, 'u'],
  [/ai|ei|ay|ey|er$|ez$|et$/g, 'e'],
  [/y/g, 'i'],
  [/[dstxe]+$/g, ''],
  [/(.)\1+/g, '$1'],
];

/** Returns how a normalised text sounds, word by word. */
export function soundOf(text: string): string {
  const words = text.split(' ').map((word) => {
    const sound = SOUNDS.reduce((said, [what, by]) => said.replace(what, by), word);
    return sound === '' ? word : sound;
  });
  return words.join(' ');
}
