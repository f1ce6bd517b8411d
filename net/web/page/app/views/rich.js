// Text of others, as pieces: see text.js.
import { pieces } from '../text.js';
import { html } from './html.js';

/** Rich shows a text; me: whose name is marked in it. */
export function Rich({ text, me = '' }) {
  return pieces(text, me).map(piece);
}

function piece(p) {
  switch (p.kind) {
    case 'link':
      return html`<a href=${p.href} target="_blank" rel="noopener noreferrer nofollow">${p.text}</a>`;
    case 'mention':
      return html`<mark>${p.text}</mark>`;
    case 'hidden':
      return html`<span class="hidden-sign" title="A character that is not to be seen">${p.text}</span>`;
    case 'code':
      return html`<code>${p.pieces.map(piece)}</code>`;
    default:
      return p.text;
  }
}
