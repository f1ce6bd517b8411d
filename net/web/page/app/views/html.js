// What all views are written with.
import { Component, h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);

/** Still renders again only when its state, or one of its props, is another. */
export class Still extends Component {
  shouldComponentUpdate(next, state) {
    if (state !== this.state) return true;
    for (const key in next) if (next[key] !== this.props[key]) return true;
    for (const key in this.props) if (!(key in next)) return true;
    return false;
  }
}

const paths = {
  hash: 'M9 4 7 20M17 4l-2 16M4 9h17M3 15h17',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2 20c.6-4 3.200-6 7-6s6.400 2 7 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2.300.8 3.600 2.600 4 5.500',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  plus: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'M12 5v14M6 13l6 6 6-6',
  send: 'M4 12 20 4l-5 16-4-6-7-2z',
  reply: 'M10 6 4 12l6 6M4 12h9c4 0 7 2 7 6',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14c1 1.600 2.200 2.300 3.500 2.300s2.500-.7 3.500-2.300M9 9.500v.5M15 9.500v.5',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  gear: 'M12 15.200a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM19 12l2-1.200-2-3.500-2.200.9-1.600-1L15 5H9l-.2 2.200-1.600 1L5 7.300l-2 3.500L5 12l-2 1.200 2 3.500 2.200-.9 1.600 1L9 19h6l.2-2.200 1.600-1 2.200.9 2-3.500z',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  invite: 'M10 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM3 20c.6-4 3.200-6 7-6 1.500 0 2.800.3 3.900.9M18 14v6M15 17h6',
  eye: 'M2 12c2.500-4.500 6-7 10-7s7.500 2.500 10 7c-2.500 4.500-6 7-10 7s-7.500-2.500-10-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
};

/** Icon is decoration: what it means is said by the label of its button. */
export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${paths[name]} /></svg>`;

/** IconButton needs a label, which is its tooltip, too. */
export const IconButton = ({ icon, label, class: extra = '', ...rest }) =>
  html`<button type="button" class=${`icon-button ${extra}`} aria-label=${label} title=${label} ...${rest}><${Icon} name=${icon} /></button>`;

/** hue is the class of a nick's colour, the same everywhere. */
export function hue(nick) {
  let n = 5381;
  for (const c of nick.toLowerCase()) n = (Math.imul(n, 33) ^ c.codePointAt(0)) >>> 0;
  return `hue-${n % 12}`;
}
