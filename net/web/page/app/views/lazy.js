// Views that are not needed at once are fetched when they are, or when the
// page has nothing else to do.
import { useEffect, useState } from 'preact/hooks';
import { Lost } from '../refusal.js';
import { html } from './html.js';

const all = [];

/** fetching says what to do when a part of the page does not come: some browsers do not try again. */
export function fetching(part) {
  return part.catch(() => {
    throw new Lost('The server cannot be reached, or is a newer one. Look whether you are on the network, then load this page again');
  });
}

/** lazy makes a view of one that load resolves with. */
export function lazy(load) {
  let View = null;
  let loading = null;
  const fetched = () => (loading ??= fetching(load()).then((v) => (View = v), (error) => {
    loading = null;
    throw error;
  }));
  all.push(fetched);
  return function Lazy(props) {
    const [, again] = useState(0);
    useEffect(() => {
      fetched().then(() => again(1), (error) => {
        props.close?.();
        props.chat?.tell(error.message, true);
      }); // it may have come since this was rendered
    }, []);
    return View && html`<${View} ...${props} />`;
  };
}

/** fetchAll gets them all, so that they are there when they are needed. */
export const fetchAll = () => all.forEach((fetched) => fetched().catch(() => {}));

/** fetchLater does so once there is time. */
export const fetchLater = () => (globalThis.requestIdleCallback ?? setTimeout)(fetchAll);
