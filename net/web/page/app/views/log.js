// The log: a bounded window on what was said, that grows at the end which is
// scrolled to, and stays where it is read while things are added.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useTopic } from '../topic.js';
import { rowsOf } from '../rows.js';
import { clean } from '../text.js';
import { html, Icon } from './html.js';
import { Row } from './row.js';
import { Pending } from './pending.js';

const near = 800; // pixels from an end at which more is asked for
const bottom = 40; // so near the end is at the end

export function Log({ chat, buffer: b, show }) {
  useTopic(b, chat.outbox, chat.connection);
  const box = useRef();
  const stuck = useRef(true); // at the end, and to stay there
  const anchor = useRef(null); // a row and where it is on the screen
  const [active, setActive] = useState(''); // the message that is pointed at
  const [away, setAway] = useState(false); // far from the end
  const rows = useMemo(() => rowsOf(b.messages, b.divider), [b.rev, b.divider]);
  const pending = chat.outbox.of(b);

  const context = useRef({}).current; // the same for all rows, for ever
  Object.assign(context, { chat, b, show, setActive, jump: (id) => jump(chat, b, id, box, stuck) });

  useLayoutEffect(() => {
    const el = box.current;
    if (b.jumpTo) return;
    if (stuck.current) el.scrollTop = el.scrollHeight;
    else if (anchor.current?.row.isConnected) el.scrollTop += anchor.current.row.offsetTop - el.scrollTop - anchor.current.top;
  }, [b.rev, b.divider, chat.outbox.rev]); // not when another message is pointed at: the browser may be scrolling to it
  useLayoutEffect(() => {
    const id = b.jumpTo;
    if (!id) return;
    b.jumpTo = '';
    const el = box.current.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (!el) return;
    stuck.current = false;
    el.scrollIntoView({ block: 'center' });
    el.focus({ preventScroll: true });
    el.classList.add('found');
    setTimeout(() => el.classList.remove('found'), 2500);
    scrolled();
  });
  useEffect(() => {
    const read = () => lookedAt() && stuck.current && chat.reading.seen(b);
    read();
    const observer = new ResizeObserver(() => {
      if (stuck.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(box.current);
    addEventListener('focus', read);
    document.addEventListener('visibilitychange', read);
    return () => {
      observer.disconnect();
      removeEventListener('focus', read);
      document.removeEventListener('visibilitychange', read);
      b.held = false;
    };
  }, []);
  useEffect(() => {
    if (lookedAt() && stuck.current) chat.reading.seen(b);
    fillScreen();
  }, [b.rev]);

  function fillScreen() {
    const el = box.current;
    if (!el) return; // another buffer has been opened
    if (el.scrollHeight <= el.clientHeight + near && !b.atStart && b.messages.length) chat.history.older(b);
  }

  function scrolled() {
    const el = box.current;
    if (!el) return;
    const rest = el.scrollHeight - el.scrollTop - el.clientHeight;
    stuck.current = rest < bottom && b.atEnd;
    b.held = !stuck.current;
    anchor.current = stuck.current ? null : firstSeen(el);
    setAway(rest > el.clientHeight || !b.atEnd);
    if (el.scrollTop < near) chat.history.older(b);
    if (rest < near) chat.history.newer(b);
    if (stuck.current) {
      if (lookedAt()) chat.reading.seen(b);
    }
  }

  async function toEnd() {
    try {
      await chat.history.latest(b);
    } catch (error) {
      chat.tell(error.message, true);
    }
    stuck.current = true;
    b.held = false;
    setAway(false);
    b.changed();
  }
  context.toEnd = toEnd;
  b.toEnd = toEnd;

  const pointed = (e) => setActive(e.target.closest?.('[data-key]')?.dataset.key ?? '');
  return html`<div class="log-frame">
    <div class="log" role="log" aria-label=${`Messages in ${clean(b.name, 60)}`} aria-busy=${Boolean(b.filling || b.loading)} tabindex="-1" ref=${box}
      onScroll=${scrolled} onMouseOver=${pointed} onMouseLeave=${() => setActive('')} onFocusIn=${pointed} onFocusOut=${(e) => box.current?.contains(e.relatedTarget) || setActive('')} onKeyDown=${(e) => walk(e, box.current)}>
      <${Beginning} buffer=${b} chat=${chat} />
      ${rows.map((row) => html`<${Row} key=${row.key} kind=${row.kind} head=${row.head} message=${row.message} time=${row.time} count=${row.events?.length} events=${row.events} quoted=${row.message?.reply ? b.find(row.message.reply) : undefined}
        me=${chat.nick} active=${row.key === active} context=${context} last=${row === rows.at(-1)} />`)}
      ${pending.map((entry) => html`<${Pending} key=${entry.id} chat=${chat} buffer=${b} entry=${entry} state=${entry.state} />`)}
      ${b.loading === 'newer' && html`<p class="loading">Loading…</p>`}
    </div>
    ${away && html`<button type="button" class="to-end" onClick=${toEnd}><${Icon} name="down" />${b.unread ? `${b.unread} new` : 'To the latest'}</button>`}
  </div>`;
}

const lookedAt = () => !document.hidden && document.hasFocus();

function firstSeen(el) {
  for (const row of el.querySelectorAll('[data-key]')) {
    if (row.offsetTop + row.offsetHeight > el.scrollTop) return { row, top: row.offsetTop - el.scrollTop };
  }
  return null;
}

/** walk moves the focus from message to message. */
function walk(e, el) {
  const at = e.target.closest('[data-key]');
  if (!at || e.target !== at || !['ArrowUp', 'ArrowDown', 'Home', 'End'].includes(e.key)) return;
  e.preventDefault();
  const all = [...el.querySelectorAll('[data-key]')];
  const i = all.indexOf(at);
  const to = { ArrowUp: all[i - 1], ArrowDown: all[i + 1], Home: all[0], End: all.at(-1) }[e.key];
  if (to) to.focus();
  else if (e.key === 'ArrowDown') document.getElementById('say')?.focus();
}

async function jump(chat, b, id, box, stuck) {
  try {
    if (!(await chat.history.around(b, id))) return chat.tell('That message is no longer there.');
    stuck.current = false;
    b.jumpTo = id;
    b.changed();
  } catch (error) {
    chat.tell(error.message, true);
  }
}

function Beginning({ buffer: b, chat }) {
  if (b.filling && !b.messages.length) return html`<p class="loading">Loading what was said…</p>`;
  if (b.missing) return html`<p class="loading">${b.missing}</p>`;
  if (b.loading === 'older') return html`<p class="loading">Loading…</p>`;
  if (!b.atStart || b.stale) return null;
  return html`<div class="beginning"><h2>${b.isRoom ? `This is where ${clean(b.name, 60)} begins` : `You and ${clean(b.name, 60)}`}</h2>
    <p>${b.messages.some((m) => m.kind !== 'event') ? 'Nothing was said before.' : b.isRoom ? 'Nothing has been said yet. Say hello, or invite somebody.' : 'Nothing has been said yet. What you write is kept, and they find it when they come.'}</p></div>`;
}
