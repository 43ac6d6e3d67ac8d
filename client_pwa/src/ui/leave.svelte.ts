import type { LiveView } from './live.svelte.ts';
import { getDisplay, getNavigation, getToasts } from './context.ts';
import { routeTo } from './routes.ts';

/** To be called while a page of a person starts: it goes back to the list when the person is erased. */
export function leaveErased(view: LiveView<'view.person'>): void {
  const { t } = getDisplay();
  const navigation = getNavigation();
  const toasts = getToasts();
  $effect(() => {
    if (view.problem !== 'erased') return;
    navigation.replace(routeTo('people'));
    toasts.show({ strong: t('erased.title'), words: t('erased.body'), mark: null, undo: null });
  });
}
