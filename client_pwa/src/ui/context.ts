import { createContext } from 'svelte';
import type { DataWorker } from '../worker/protocol.ts';
import type { Device } from './device.svelte.ts';
import type { Display } from './display.svelte.ts';
import type { Drafts } from './drafts.svelte.ts';
import type { Navigation } from './navigation.svelte.ts';
import type { Notes } from './notes.svelte.ts';
import type { Shell } from './shell.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export const [getDisplay, setDisplay] = createContext<Display>();
export const [getShell, setShell] = createContext<Shell>();
export const [getWorker, setWorker] = createContext<DataWorker>();
export const [getDevice, setDevice] = createContext<Device>();
export const [getNavigation, setNavigation] = createContext<Navigation>();
export const [getToasts, setToasts] = createContext<Toasts>();
export const [getDrafts, setDrafts] = createContext<Drafts>();
export const [getNotes, setNotes] = createContext<Notes>();
