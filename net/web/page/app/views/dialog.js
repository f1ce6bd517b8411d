// A dialog of the browser's own: it keeps the focus, and Esc closes it.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { html, IconButton } from './html.js';

export function Dialog({ title, close, children, class: extra = '' }) {
  const el = useRef();
  useLayoutEffect(() => {
    el.current.showModal();
  }, []);
  const outside = (e) => e.target === el.current && close();
  return html`<dialog ref=${el} class=${extra} aria-label=${title} onClose=${close} onMouseDown=${outside}>
    <div class="sheet"><header><h2>${title}</h2><${IconButton} icon="close" label="Close" onClick=${close} /></header>${children}</div></dialog>`;
}

/** Confirm asks before what cannot be taken back. */
export function Confirm({ text, yes, act, close }) {
  const done = () => {
    close();
    act();
  };
  return html`<${Dialog} title="Are you sure?" close=${close} class="small"><p>${text}</p>
    <p class="row end"><button type="button" onClick=${close}>Cancel</button><button type="button" class="primary danger" autofocus onClick=${done}>${yes}</button></p><//>`;
}
