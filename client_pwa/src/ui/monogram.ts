/** LG for La Grande, Mo for Momo: two words give their initials, any other name its start. */
export function monogramOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const [first = '', second = ''] = words;
  if (words.length === 2) return (initial(first) + initial(second)).toUpperCase();
  const start = Array.from(first).slice(0, 2).join('');
  return start.charAt(0).toUpperCase() + start.slice(1).toLowerCase();
}

function initial(word: string): string {
  return Array.from(word)[0] ?? '';
}
