// What a narrow screen shows: the list, the room that is open or its people.
// The browser's own Back goes from each to the one before it.
import { useEffect, useState } from 'preact/hooks';

const panes = ['list', 'room', 'people']; // each is one step further than the one before

/** usePane gives what is shown, and a function that shows another. */
export function usePane(isNarrow) {
  const [pane, set] = useState('room');
  useEffect(() => {
    if (!isNarrow) return;
    history.replaceState({ pane: 'list' }, '');
    step('list', pane);
    const moved = (e) => set(e.state?.pane ?? 'list');
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, [isNarrow]);
  function go(next) {
    const back = panes.indexOf(pane) - panes.indexOf(next);
    if (isNarrow && back > 0) {
      history.go(-back); // and then it has moved
      return;
    }
    if (isNarrow) step(pane, next);
    set(next);
  }
  return [pane, go];
}

function step(from, to) {
  for (const pane of panes.slice(panes.indexOf(from) + 1, panes.indexOf(to) + 1)) history.pushState({ pane }, '');
}
