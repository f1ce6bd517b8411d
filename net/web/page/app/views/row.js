// A row of the log. It renders again only when what it shows has changed.
import { atClock, dayName, inFull } from '../time.js';
import { clean } from '../text.js';
import { summary } from '../rows.js';
import { html, hue, IconButton, Still } from './html.js';
import { Rich } from './rich.js';

export class Row extends Still {
  render({ kind, ...props }) {
    switch (kind) {
      case 'day':
        return html`<div class="day" role="separator"><span>${dayName(props.time)}</span></div>`;
      case 'new':
        return html`<div class="new" role="separator"><span>New</span></div>`;
      case 'events':
        return html`<p class="event">${summary(props.events).map((g, i) => html`${i > 0 && '; '}${g.nicks.map((n) => clean(n, 40)).join(', ')}${g.more > 0 && ` and ${g.more} more`} ${g.what}`)}</p>`;
      case 'event':
        return html`<p class="event"><strong>${clean(props.message.nick, 40)}</strong> <${Rich} text=${props.message.text} /></p>`;
      default:
        return html`<${Message} ...${props} />`;
    }
  }
}

function Message({ message: m, head, me, active, context, last, quoted }) {
  const time = html`<time datetime=${new Date(m.time).toISOString()} title=${inFull(m.time)}>${atClock(m.time)}</time>`;
  const classes = `message ${head ? 'head' : ''} ${m.mention ? 'mentions' : ''} ${m.kind} ${active ? 'active' : ''}`;
  return html`<div class=${classes} role="article" data-key=${m.key} data-id=${m.id} tabindex=${last ? 0 : -1}
      aria-label=${`${clean(m.nick, 40)}, ${atClock(m.time)}: ${m.redacted ? 'deleted' : clean(m.text, 300)}`}>
    ${head ? html`<span class=${`avatar ${hue(m.nick)}`} aria-hidden="true">${initial(m.nick)}</span>` : html`<span class="gutter">${time}</span>`}
    <div class="body">
      ${m.reply && html`<${Quote} id=${m.reply} of=${quoted} context=${context} />`}
      ${head && m.kind !== 'action' && html`<p class="by"><span class=${`nick ${hue(m.nick)}`}>${clean(m.nick, 40)}</span>${m.bot && html`<span class="tag">bot</span>`}${m.kind === 'notice' && html`<span class="tag">notice</span>`}${time}</p>`}
      ${m.redacted
        ? html`<p class="text redacted">Deleted${m.redacted !== m.nick && ` by ${clean(m.redacted, 40)}`}</p>`
        : html`<p class="text" dir="auto">${m.kind === 'action' && html`<span class=${`nick ${hue(m.nick)}`}>${clean(m.nick, 40)}</span>${' '}`}<${Rich} text=${m.text} me=${me} />${m.kind === 'action' && html` ${time}`}</p>`}
      ${m.reactions?.length > 0 && html`<${Reactions} message=${m} me=${me} context=${context} />`}
    </div>
    ${active && m.id && !m.redacted && html`<${Tools} message=${m} context=${context} />`}
  </div>`;
}

function initial(nick) {
  const [first = '?'] = clean(nick, 8);
  return first.toUpperCase();
}

function Quote({ id, of, context }) {
  return html`<button type="button" class="quote" onClick=${() => context.jump(id)}>
    ${of ? html`<strong class=${hue(of.nick)}>${clean(of.nick, 40)}</strong> ${of.redacted ? 'Deleted' : clean(of.text, 120)}` : 'An earlier message'}</button>`;
}

function Reactions({ message: m, me, context }) {
  return html`<p class="reactions">${m.reactions.map(([reaction, nicks]) => {
    const own = nicks.has(me);
    const who = [...nicks].map((n) => clean(n, 40)).join(', ');
    return html`<button type="button" key=${reaction} class=${own ? 'own' : ''} aria-pressed=${own} title=${who} aria-label=${`${clean(reaction, 12)}, ${who}`}
      disabled=${!context.chat.tagmsg} onClick=${() => react(context, m, reaction, !own)}>${clean(reaction, 12)} <span>${nicks.size}</span></button>`;
  })}</p>`;
}

const common = ['👍', '❤️', '😂', '🎉', '👀', '✅', '🙏', '😮'];

class Tools extends Still {
  state = { choosing: false };

  render({ message: m, context }, { choosing }) {
    const { chat, b } = context;
    const may = chat.has('draft/message-redaction') && (m.mine || (b.isRoom && chat.isOperator(b)));
    return html`<div class="tools" role="toolbar" aria-label="For this message">
      ${choosing && common.map((r) => html`<button type="button" key=${r} class="icon-button emoji" aria-label=${`React with ${r}`} onClick=${() => {
        this.setState({ choosing: false });
        react(context, m, r, !(m.reactions ?? []).some(([it, nicks]) => it === r && nicks.has(chat.nick)));
      }}>${r}</button>`)}
      ${chat.tagmsg && chat.has('message-tags') && html`<${IconButton} icon=${choosing ? 'close' : 'smile'} label=${choosing ? 'No reaction' : 'React'} aria-expanded=${choosing} onClick=${() => this.setState({ choosing: !choosing })} />`}
      ${!choosing && html`<${IconButton} icon="reply" label="Reply" onClick=${() => reply(context, m)} />`}
      ${!choosing && may && html`<${IconButton} icon="trash" label="Delete" onClick=${() => redact(context, m)} />`}
    </div>`;
  }
}

function reply({ b }, m) {
  b.replyTo = m;
  b.changed();
  document.getElementById('say')?.focus();
}

function react({ chat, b }, m, reaction, on) {
  const tags = { '+draft/reply': m.id, [on ? '+draft/react' : '+draft/unreact']: reaction, '+draft/persist': '' };
  chat.do('TAGMSG', [b.name], tags).catch((error) => {
    if (error.code === '421') chat.tagmsg = false;
    chat.tell(error.code === '421' ? 'This server does not take reactions.' : error.message, true);
  });
}

function redact({ chat, b, show }, m) {
  const act = () => chat.do('REDACT', [b.name, m.id]).catch((error) => chat.tell(error.message, true));
  show('confirm', { text: 'Delete this message for everybody?', yes: 'Delete', act });
}
