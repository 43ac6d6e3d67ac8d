import { createContext } from 'svelte';
import type { Display } from './display.svelte.ts';
import type { Shell } from './shell.svelte.ts';

export const [getDisplay, setDisplay] = createContext<Display>();
export const [getShell, setShell] = createContext<Shell>();
