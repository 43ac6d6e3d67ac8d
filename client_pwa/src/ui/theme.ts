export type Theme = 'dark' | 'light';

const DUSK_HOUR = 20;
const DAWN_HOUR = 7;

export function isTheme(value: string | null): value is Theme {
  return value === 'dark' || value === 'light';
}

/** Dark after dusk, so that nobody is lit up; by day, what the device asks for. */
export function themeAt(now_ms: number, prefersDark: boolean): Theme {
  const hour = new Date(now_ms).getHours();
  const night = hour >= DUSK_HOUR || hour < DAWN_HOUR;
  return night || prefersDark ? 'dark' : 'light';
}

export function otherTheme(theme: Theme): Theme {
  return theme === 'dark' ? 'light' : 'dark';
}
