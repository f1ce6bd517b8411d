import { read } from './store.js';

/** applyTheme makes the page light, dark, or as the system is. */
export function applyTheme() {
  document.documentElement.dataset.theme = read('theme', 'system');
}
